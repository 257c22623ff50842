#include "base/share.h"

#include <libgen.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"

/* Programs lie in PREFIX/bin or PREFIX/libexec/discwright. */
static const char *const beside[] = {"../share/discwright", "../../share/discwright"};

static bool is_there(const char *base, const char *sub, const char *file, char *out, size_t size)
{
    char path[DW_PATH_MAX];
    return dw_text_format(path, sizeof path, "%s%s%s/%s", base, *sub ? "/" : "", sub, file) &&
           access(path, R_OK) == 0 && dw_text_copy(out, size, path);
}

bool dw_share_find(const char *folder, const char *name, const char *end, char *out, size_t size)
{
    char self[DW_PATH_MAX], file[DW_PATH_MAX];
    if (!dw_text_format(file, sizeof file, "%s/%s%s", folder, name, end))
        return false;
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length > 0) {
        self[length] = 0;
        const char *home = dirname(self);
        for (size_t i = 0; i < DW_ARRAY_LEN(beside); i++)
            if (is_there(home, beside[i], file, out, size))
                return true;
    }
    return is_there(DW_SHARE_SOURCE_DIR, "", file, out, size);
}
