#include "layout/label/label.h"

#include <libgen.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"

/* Installed, programs lie in PREFIX/bin or PREFIX/libexec/discwright: templates are found beside
 * them wherever PREFIX was moved to. */
static const char *const beside[] = {"../share/discwright/templates",
                                     "../../share/discwright/templates"};

static bool is_there(const char *folder, const char *sub, const char *name, char *out, size_t size)
{
    char path[DW_PATH_MAX];
    return dw_text_format(path, sizeof path, "%s%s%s/%s.svg", folder, *sub ? "/" : "", sub, name) &&
           access(path, R_OK) == 0 && dw_text_copy(out, size, path);
}

dw_status dw_label_find_template(const char *name, char *out, size_t size, struct dw_error *err)
{
    if (strpbrk(name, "/.") != NULL) {
        if (!dw_text_copy(out, size, name))
            return dw_error_set(err, DW_ERR_LIMIT, "path of the label template is too long");
        return DW_OK;
    }
    char self[DW_PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length > 0) {
        self[length] = 0;
        const char *folder = dirname(self);
        for (size_t i = 0; i < DW_ARRAY_LEN(beside); i++)
            if (is_there(folder, beside[i], name, out, size))
                return DW_OK;
    }
    if (is_there(DW_TEMPLATE_DIR, "", name, out, size))
        return DW_OK;
    return dw_error_set(err, DW_ERR_NOT_FOUND,
                        "no label template '%.60s' in share/discwright/templates", name);
}
