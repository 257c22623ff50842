/** One list of outcomes for the whole house, and the one sentence that goes with a failure. */
#ifndef DW_BASE_ERROR_H
#define DW_BASE_ERROR_H

#define DW_MUST_CHECK __attribute__((warn_unused_result))
#define DW_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define DW_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#ifdef __cplusplus
extern "C" {
#endif

typedef enum dw_status {
    DW_OK = 0,
    DW_ERR_CANCELLED,   /**< a person or a shutdown stopped it */
    DW_ERR_INVALID,     /**< the caller's words are wrong: argument, option, request */
    DW_ERR_NOT_FOUND,
    DW_ERR_CONFLICT,    /**< the state does not allow it, or a name is taken */
    DW_ERR_DENIED,
    DW_ERR_LIMIT,       /**< larger than a named maximum (base/limits.h) or than the medium */
    DW_ERR_NO_SPACE,
    DW_ERR_UNSUPPORTED, /**< understood, and not something we do */
    DW_ERR_CORRUPT,     /**< bytes from outside break their format */
    DW_ERR_IO,
    DW_ERR_TIMEOUT,
    DW_ERR_GONE,        /**< the peer, device or file is no longer there */
    DW_ERR_BUSY,
    DW_ERR_INTERNAL,    /**< our own bug, or out of memory */
    DW_STATUS_COUNT
} dw_status;

struct dw_error {   /* lives on the caller's stack; nothing to free */
    dw_status code; /* to branch on */
    char text[200]; /* one sentence for a technician: no final period, no patient data */
};

void dw_error_write(struct dw_error *err, dw_status st, const char *fmt, ...) DW_PRINTF(3, 4);
void dw_error_write_before(struct dw_error *err, dw_status st, const char *fmt, ...)
    DW_PRINTF(3, 4);

/** Write the sentence; a text that does not fit is cut on a UTF-8 border. Its value is st. err may be NULL.
 *  A macro, so that a reader of one file - a compiler's analyzer too - sees what is returned. */
#define dw_error_set(err, st, ...)                                                                 \
    __extension__({                                                                                \
        dw_status dw_st_ = (st);                                                                   \
        dw_error_write((err), dw_st_, __VA_ARGS__);                                                \
        dw_st_;                                                                                    \
    })
/** Put "fmt: " before the sentence that is there. Its value is st. err may be NULL. */
#define dw_error_prefix(err, st, ...)                                                              \
    __extension__({                                                                                \
        dw_status dw_st_ = (st);                                                                   \
        dw_error_write_before((err), dw_st_, __VA_ARGS__);                                         \
        dw_st_;                                                                                    \
    })

const char *dw_status_name(dw_status st);           /**< "OK", "NOT_FOUND": stored and sent, never renamed */
dw_status dw_status_from_name(const char *name);    /**< unknown or NULL: DW_ERR_INTERNAL */
int dw_status_exit_code(dw_status st);              /**< 0; 2 usage; 3 and up, one for each */
int dw_status_http(dw_status st);                   /**< 200, 400, 404, 409 ... */
unsigned dw_status_dimse(dw_status st);             /**< PS3.4 B.2.3: 0000, A700, C000, 0124, 0110 ... */
dw_status dw_status_from_errno(int errnum);         /**< ENOSPC and EDQUOT: NO_SPACE, ENOENT: NOT_FOUND ... */

#ifdef __cplusplus
}
#endif
#endif
