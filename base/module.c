#include "base/module.h"

#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"

static dw_status find(const char *name, char *out, size_t size, struct dw_error *err)
{
    static const char *const places[] = {"", "/../bin"}; /* of a test in build/tests: build/bin */
    char self[DW_PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    char *slash = n > 0 ? memrchr(self, '/', (size_t)n) : NULL;
    if (slash)
        *slash = '\0';
    for (size_t i = 0; slash && i < DW_ARRAY_LEN(places); i++)
        if (dw_text_format(out, size, "%s%s/%s.so", self, places[i], name) && access(out, R_OK) == 0)
            return DW_OK;
    return dw_error_set(err, DW_ERR_NOT_FOUND, "module %s is not installed", name);
}

dw_status dw_module_load_file(const char *path, const void **out, struct dw_error *err)
{
    /* Never unloaded: what C++ libraries leave behind for the end of the process must find its code there. */
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!handle)
        return dw_error_set(err, DW_ERR_INTERNAL, "module cannot be loaded: %s", dlerror());
    const struct dw_module *module = dlsym(handle, "dw_module");
    dw_status st = DW_OK;
    if (!module)
        st = dw_error_set(err, DW_ERR_INTERNAL, "module '%s' is none of Discwright", path);
    else if (strcmp(module->version, DW_VERSION) != 0)
        st = dw_error_set(err, DW_ERR_CONFLICT, "module '%s' is of version %s, this program of %s", path,
                          module->version, DW_VERSION);
    else
        *out = module->calls;
    dlclose(handle);
    return st;
}

dw_status dw_module_load(const char *name, const void **out, struct dw_error *err)
{
    char path[DW_PATH_MAX];
    dw_status st = find(name, path, sizeof path, err);
    return st == DW_OK ? dw_module_load_file(path, out, err) : st;
}
