/* Fuzz target: a row of an object list as bytes. What is read is written again and must be the same bytes:
 * there is one way to say a row. */
#include "layout/fileset/objectbytes.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dw_objects_row row = {0};
    struct dw_object object;
    struct dw_buf again = {0};
    dw_object_init(&object);
    if (!dw_objectbytes_read(data, size, &row, &object))
        return 0;
    dw_objectbytes_add(&again, &row);
    if (again.failed || again.size != size || memcmp(again.data, data, size) != 0)
        abort();
    dw_buf_done(&again);
    return 0;
}
