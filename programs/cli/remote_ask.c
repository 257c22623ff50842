#include "programs/cli/remote_ask.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/options.h"
#include "base/text.h"

#define DEFAULT_STATE "/var/lib/discwright"
#define ANSWER_TIMEOUT_MS 15000

/* Only the one key is wanted here: whether the rest is right is the daemon's business. */
static dw_status take_state(void *ctx, const char *section, const char *key, const char *value,
                            struct dw_error *err)
{
    if (section && strcmp(section, "daemon") == 0 && key && strcmp(key, "state") == 0)
        dw_text_cut(ctx, DW_OPTION_TEXT_MAX, value);
    return DW_OK;
}

static dw_status find_socket(const char *given, const char *state_folder, struct sockaddr_un *out,
                             struct dw_error *err)
{
    char state[DW_OPTION_TEXT_MAX] = DEFAULT_STATE;
    const char *config = given ? given : DW_REMOTE_CONFIG;
    dw_status st = DW_OK;
    if (state_folder)
        dw_text_cut(state, sizeof state, state_folder);
    else if (given || access(config, F_OK) == 0)
        st = dw_ini_read(config, take_state, state, err);
    if (st != DW_OK)
        return st;
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (!dw_text_format(out->sun_path, sizeof out->sun_path, "%s/run/control.sock", state))
        return dw_error_set(err, DW_ERR_LIMIT, "the path of the control socket is too long");
    return DW_OK;
}

dw_status dw_remote_ask(const char *config, const char *state_folder, json_t *request, json_t **reply,
                        struct dw_error *err)
{
    struct sockaddr_un address;
    struct dw_message msg;
    dw_channel *channel;
    dw_status st = find_socket(config, state_folder, &address, err);
    if (st != DW_OK)
        return st;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        st = dw_error_set(err, DW_ERR_GONE, "the daemon does not answer at '%s': %s",
                          address.sun_path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return st;
    }
    st = dw_channel_new(fd, &channel, err);
    if (st != DW_OK)
        return st;
    st = dw_channel_send(channel, json_incref(request), NULL, 0, NULL, 0, ANSWER_TIMEOUT_MS,
                         err);
    if (st == DW_OK)
        st = dw_channel_receive(channel, ANSWER_TIMEOUT_MS, &msg, err);
    if (st == DW_OK) {
        *reply = json_incref(msg.head);
        dw_message_done(&msg);
        st = dw_json_to_error(*reply, err);
    }
    dw_channel_free(channel);
    return st;
}
