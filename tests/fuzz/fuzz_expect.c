/* Fuzz target: any bytes as the expect.json of a job. */
#include <sys/mman.h>
#include <unistd.h>
#include "check/expect.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dw_check_expect expect, before;
    struct dw_error err = {0};
    char path[48];
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    memset(&expect, 0x5A, sizeof expect);
    before = expect;
    dw_status st = dw_check_expect_read(path, &expect, &err);
    require_told(st, &err);
    close(fd);
    if (st != DW_OK) {
        require(memcmp(&expect, &before, sizeof expect) == 0); /* half a job is none */
        return 0;
    }
    require_utf8(expect.patient_id, sizeof expect.patient_id);
    require_utf8(expect.issuer, sizeof expect.issuer);
    require_utf8(expect.patient_name, sizeof expect.patient_name);
    require_utf8(expect.birth_date, sizeof expect.birth_date);
    require_utf8(expect.fileset_uid, sizeof expect.fileset_uid);
    require_utf8(expect.profile, sizeof expect.profile);
    require(expect.has_profile || expect.profile[0] == '\0');
    require(expect.objects >= -1);
    return 0;
}
