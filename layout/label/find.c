#include "layout/label/label.h"

#include <string.h>

#include "base/share.h"
#include "base/text.h"

dw_status dw_label_find_template(const char *name, char *out, size_t size, struct dw_error *err)
{
    if (strpbrk(name, "/.") != NULL) {
        if (!dw_text_copy(out, size, name))
            return dw_error_set(err, DW_ERR_LIMIT, "path of the label template is too long");
        return DW_OK;
    }
    if (dw_share_find("templates", name, ".svg", out, size))
        return DW_OK;
    return dw_error_set(err, DW_ERR_NOT_FOUND,
                        "no label template '%.60s' in share/discwright/templates", name);
}
