#include "daemon/web/session.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"

#define TRIES_MAX 5
#define TRIES_WINDOW_US (60 * 1000000LL)

struct slot {
    struct dw_session session; /* id "" = free */
    int64_t used_us;
};

struct dw_sessions {
    pthread_mutex_t lock;
    struct dw_clock clock;
    struct dw_random random;
    struct slot slots[DW_SESSIONS_MAX];
    int64_t failed_us[TRIES_MAX]; /* a ring: the last failures */
    size_t failed_at;
};

dw_status dw_sessions_new(struct dw_clock clock, struct dw_random random, dw_sessions **out,
                          struct dw_error *err)
{
    dw_sessions *s = calloc(1, sizeof *s);
    if (!s)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    pthread_mutex_init(&s->lock, NULL);
    s->clock = clock;
    s->random = random;
    for (size_t i = 0; i < TRIES_MAX; i++)
        s->failed_us[i] = INT64_MIN;
    *out = s;
    return DW_OK;
}

void dw_sessions_free(dw_sessions *sessions)
{
    if (!sessions)
        return;
    pthread_mutex_destroy(&sessions->lock);
    free(sessions);
}

bool dw_session_token_equal(const char *a, const char *b)
{
    return a && b && strlen(a) == DW_SESSION_ID_SIZE - 1 && strlen(b) == DW_SESSION_ID_SIZE - 1 &&
           sodium_memcmp(a, b, DW_SESSION_ID_SIZE - 1) == 0;
}

static struct slot *find_locked(dw_sessions *s, const char *id)
{
    int64_t now = dw_clock_mono_us(&s->clock);
    for (size_t i = 0; id && i < DW_SESSIONS_MAX; i++) {
        struct slot *slot = &s->slots[i];
        if (!dw_session_token_equal(slot->session.id, id))
            continue;
        if (now - slot->used_us <= DW_SESSION_IDLE_S * 1000000LL)
            return slot;
        *slot = (struct slot){.used_us = 0};
    }
    return NULL;
}

bool dw_sessions_find(dw_sessions *sessions, const char *id, struct dw_session *out)
{
    pthread_mutex_lock(&sessions->lock);
    struct slot *slot = find_locked(sessions, id);
    if (slot) {
        slot->used_us = dw_clock_mono_us(&sessions->clock);
        *out = slot->session;
    }
    pthread_mutex_unlock(&sessions->lock);
    return slot != NULL;
}

static void new_token(dw_sessions *s, char out[DW_SESSION_ID_SIZE])
{
    unsigned char bytes[(DW_SESSION_ID_SIZE - 1) / 2];
    dw_random_fill(&s->random, bytes, sizeof bytes);
    dw_text_hex(bytes, sizeof bytes, out);
}

void dw_sessions_start(dw_sessions *sessions, bool logged_in, struct dw_session *out)
{
    pthread_mutex_lock(&sessions->lock);
    struct slot *oldest = &sessions->slots[0];
    for (size_t i = 0; i < DW_SESSIONS_MAX; i++) {
        struct slot *slot = &sessions->slots[i];
        bool older = slot->used_us < oldest->used_us;
        if (oldest->session.id[0] && (!slot->session.id[0] || older))
            oldest = slot;
    }
    new_token(sessions, oldest->session.id);
    new_token(sessions, oldest->session.csrf);
    oldest->session.logged_in = logged_in;
    oldest->used_us = dw_clock_mono_us(&sessions->clock);
    *out = oldest->session;
    pthread_mutex_unlock(&sessions->lock);
}

void dw_sessions_end(dw_sessions *sessions, const char *id)
{
    pthread_mutex_lock(&sessions->lock);
    struct slot *slot = find_locked(sessions, id);
    if (slot)
        *slot = (struct slot){.used_us = 0};
    pthread_mutex_unlock(&sessions->lock);
}

dw_status dw_sessions_may_try(dw_sessions *sessions, struct dw_error *err)
{
    pthread_mutex_lock(&sessions->lock);
    int64_t oldest = sessions->failed_us[sessions->failed_at];
    bool braked =
        oldest != INT64_MIN && dw_clock_mono_us(&sessions->clock) - oldest < TRIES_WINDOW_US;
    pthread_mutex_unlock(&sessions->lock);
    if (braked)
        return dw_error_set(err, DW_ERR_BUSY, "too many wrong passwords, wait a minute");
    return DW_OK;
}

void dw_sessions_failed(dw_sessions *sessions)
{
    pthread_mutex_lock(&sessions->lock);
    sessions->failed_us[sessions->failed_at] = dw_clock_mono_us(&sessions->clock);
    sessions->failed_at = (sessions->failed_at + 1) % TRIES_MAX;
    pthread_mutex_unlock(&sessions->lock);
}
