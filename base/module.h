/** A part of a program that is loaded when it is first needed: a shared object beside the program, for what pulls in
 *  libraries that take longer to load than most runs take in all. */
#ifndef DW_BASE_MODULE_H
#define DW_BASE_MODULE_H
#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct dw_module {       /* the one thing that a module exports, by the name dw_module */
    const char *version; /**< of Discwright: another one may have other calls */
    const void *calls;   /**< a constant table; its type goes with the name of the module */
};
/** In the module: this is its table. */
#define DW_MODULE(table)                                                                                               \
    extern const struct dw_module dw_module;                                                                           \
    __attribute__((visibility("default"))) const struct dw_module dw_module = {DW_VERSION, &(table)}

/** Load NAME.so from the folder of the running program; a test's is build/bin. From any thread; blocks while the
 *  libraries are loaded. *out lives as long as the process. DW_ERR_NOT_FOUND: it is not installed; DW_ERR_CONFLICT:
 *  it is of another version; DW_ERR_INTERNAL: it is broken, or one of its libraries is. */
DW_MUST_CHECK dw_status dw_module_load(const char *name, const void **out, struct dw_error *err);
/** The same from a file. */
DW_MUST_CHECK dw_status dw_module_load_file(const char *path, const void **out, struct dw_error *err);

#ifdef __cplusplus
}
#endif
#endif
