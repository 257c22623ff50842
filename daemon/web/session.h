/** Who is at the console: sessions by cookie, a CSRF token for each, and a brake on guessing. Safe from
 *  any thread. */
#ifndef DW_DAEMON_SESSION_H
#define DW_DAEMON_SESSION_H
#include <stdbool.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"

#define DW_SESSION_ID_SIZE 65 /* 64 hex digits and the final zero */
#define DW_SESSION_IDLE_S (8 * 3600)

typedef struct dw_sessions dw_sessions;
DW_MUST_CHECK dw_status dw_sessions_new(struct dw_clock clock, struct dw_random random,
                                        dw_sessions **out, struct dw_error *err);
void dw_sessions_free(dw_sessions *sessions);

struct dw_session { /* a copy */
    char id[DW_SESSION_ID_SIZE];
    char csrf[DW_SESSION_ID_SIZE];
    bool logged_in;
};
/** id may be NULL or unknown: false. Touches the session's idle time. */
bool dw_sessions_find(dw_sessions *sessions, const char *id, struct dw_session *out);
/** The one idle longest makes room. */
void dw_sessions_start(dw_sessions *sessions, bool logged_in, struct dw_session *out);
void dw_sessions_end(dw_sessions *sessions, const char *id);
/** May somebody try a password now? After 5 failures within a minute: DW_ERR_BUSY. */
DW_MUST_CHECK dw_status dw_sessions_may_try(dw_sessions *sessions, struct dw_error *err);
void dw_sessions_failed(dw_sessions *sessions);
/** Constant-time comparison of tokens. */
bool dw_session_token_equal(const char *a, const char *b);

#endif
