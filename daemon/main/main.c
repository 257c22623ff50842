/* discwrightd: reads its words and its configuration, makes one daemon, and runs it until told to stop. */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <systemd/sd-daemon.h>

#include "base/file.h"
#include "daemon/daemon.h"
#include "daemon/intake/secure.h"
#include "daemon/web/password.h"
#include "daemon/web/web.h"

enum what { RUN, CHECK_CONFIG, PRINT_CONFIG, SET_PASSWORD, HELP, VERSION };

struct words {
    enum what what;
    const char *config;
    const char *password_file;
};

static void usage(FILE *to)
{
    fputs("usage: discwrightd [--config FILE] [--check-config | --print-config]\n"
          "       discwrightd --set-password FILE\n"
          "The patient-disc publishing appliance.\n"
          "  --config FILE    options (default /etc/discwright/discwright.conf)\n"
          "  --check-config   say whether the file is right, and end\n"
          "  --print-config   print every option with its value, and end\n"
          "  --set-password FILE  read a password from standard input, write its hash to FILE for\n"
          "                   web.password_file, and end\n"
          "  --version        print the version, and end\n",
          to);
}

static dw_status read_words(int argc, char **argv, struct words *out, struct dw_error *err)
{
    static const struct {
        const char *word;
        enum what what;
    } words[] = {{"--check-config", CHECK_CONFIG}, {"--print-config", PRINT_CONFIG},
                 {"--help", HELP},                 {"--version", VERSION}};
    *out = (struct words){.what = RUN, .config = "/etc/discwright/discwright.conf"};
    for (int i = 1; i < argc; i++) {
        size_t w = 0;
        while (w < DW_ARRAY_LEN(words) && strcmp(argv[i], words[w].word) != 0)
            w++;
        if (w < DW_ARRAY_LEN(words))
            out->what = words[w].what;
        else if (strcmp(argv[i], "--config") == 0 && i + 1 < argc)
            out->config = argv[++i];
        else if (strcmp(argv[i], "--set-password") == 0 && i + 1 < argc) {
            out->what = SET_PASSWORD;
            out->password_file = argv[++i];
        } else if (strncmp(argv[i], "--config=", 9) == 0)
            out->config = argv[i] + 9;
        else
            return dw_error_set(err, DW_ERR_INVALID, "unknown word '%s' (discwrightd --help)",
                                argv[i]);
    }
    return DW_OK;
}

static dw_status print_config(const struct dw_config *config, struct dw_error *err)
{
    struct dw_buf text = {0};
    dw_config_print(config, &text);
    dw_status st = dw_buf_check(&text, "the configuration", err);
    if (st == DW_OK)
        fputs(text.data, stdout);
    dw_buf_done(&text);
    return st;
}

/* One line of standard input: a password on the command line would be in everybody's process list. */
static dw_status set_password(const char *path, struct dw_error *err)
{
    char line[DW_PASSWORD_MAX + 2];
    if (isatty(STDIN_FILENO))
        fputs("password for the console: ", stderr);
    if (!fgets(line, sizeof line, stdin))
        return dw_error_set(err, DW_ERR_INVALID, "no password on standard input");
    line[strcspn(line, "\r\n")] = '\0';
    return dw_password_save(path, line, err);
}

struct running {
    const char *path; /* of the configuration */
    struct dw_config *config;
    dw_daemon *daemon;
    const struct dw_log *log;
};

/* Signals become readable bytes: the loop learns of them like of everything else. */
static int open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static dw_status load_config(const char *path, struct dw_config *out, struct dw_error *err)
{
    dw_status st = dw_config_load(path, out, err);
    if (st != DW_OK)
        return st;
    st = dw_secure_check(out, (int64_t)time(NULL), err);
    return st == DW_OK ? DW_OK : dw_error_prefix(err, st, "%s", path);
}

/* A file that is broken changes nothing at all. */
static void reload(struct running *running)
{
    struct dw_error err = {0};
    struct dw_config fresh = {0};
    dw_status st = load_config(running->path, &fresh, &err);
    if (st == DW_OK)
        st = dw_config_renew(running->config, &fresh, &err);
    dw_config_done(&fresh);
    if (st != DW_OK) {
        dw_log_write(running->log, DW_LOG_ERROR, "SIGHUP: everything stays as it was: %s", err.text);
        return;
    }
    dw_daemon_reload(running->daemon);
    dw_log_write(running->log, DW_LOG_INFO,
                 "SIGHUP: allow-lists, AE titles and certificates were read again, the rest needs a restart");
}

static bool told_to_stop(int signals, struct running *running)
{
    struct signalfd_siginfo info;
    while (read(signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGHUP) {
            reload(running);
            continue;
        }
        dw_log_write(running->log, DW_LOG_INFO, "stopping signal=%u", info.ssi_signo);
        return true;
    }
    return false;
}

static dw_status start_web(const struct dw_config *config, dw_daemon *daemon,
                           const struct dw_log *log, dw_web **out, struct dw_error *err)
{
    struct dw_web_opts opts = {
        .bind = config->web.bind,
        .port = (uint16_t)config->web.port,
        .password_file = config->web.password_file,
        .db_path = dw_daemon_db_path(daemon),
        .state_dir = config->daemon.state,
        .appliance = config->jobs.institution,
        .clock = dw_clock_system(),
        .random = dw_random_system(),
    };
    if (!config->web.enabled)
        return DW_OK;
    return dw_web_start(&opts, dw_daemon_commands(daemon), dw_daemon_snapshot(daemon), log, out, err);
}

static dw_status loop(struct running *running, int signals, int web_port, struct dw_error *err)
{
    dw_daemon *daemon = running->daemon;
    bool ready = false;
    int port = 0;
    for (;;) {
        dw_status st = dw_daemon_step(daemon, -1, err);
        if (st != DW_OK)
            return st;
        if (told_to_stop(signals, running))
            return DW_OK;
        if (dw_daemon_dicom_port(daemon) == port)
            continue;
        port = dw_daemon_dicom_port(daemon);
        st = dw_daemon_write_ports(daemon, web_port, err);
        if (st != DW_OK)
            return st;
        if (!ready && port != 0) {
            ready = true;
            sd_notify(0, "READY=1");
            dw_log_write(running->log, DW_LOG_INFO, "ready dicom_port=%d web_port=%d", port, web_port);
        }
    }
}

/* Every process of this run goes by the table as it was read here, whatever becomes of the site's file. */
static dw_status hand_on_classes(const struct dw_config *config, struct dw_error *err)
{
    char path[DW_PATH_MAX];
    dw_classes_use(config->classes);
    if (!config->classes)
        return unsetenv(DW_CLASSES_VARIABLE) == 0
                   ? DW_OK
                   : dw_error_set(err, DW_ERR_INTERNAL, "clear the environment");
    if (!dw_text_format(path, sizeof path, "%s/run", config->daemon.state))
        return dw_error_set(err, DW_ERR_LIMIT, "the path of the state folder is too long");
    dw_status st = dw_file_make_dirs(path, err);
    if (st == DW_OK &&
        !dw_text_format(path, sizeof path, "%s/run/sop-classes.conf", config->daemon.state))
        st = dw_error_set(err, DW_ERR_LIMIT, "the path of the state folder is too long");
    const char *text = dw_classes_text(config->classes);
    if (st == DW_OK)
        st = dw_file_save(NULL, path, text, strlen(text), err);
    if (st == DW_OK && setenv(DW_CLASSES_VARIABLE, path, 1) != 0)
        st = dw_error_set(err, DW_ERR_INTERNAL, "set the environment: %s", strerror(errno));
    return st;
}

static dw_status run(const char *path, struct dw_config *config, struct dw_error *err)
{
    struct dw_log log = dw_log_stderr(
        "discwrightd", (enum dw_log_level)dw_log_level_from_name(config->daemon.log_level));
    struct dw_daemon_opts opts = {.config = config,
                                  .clock = dw_clock_system(),
                                  .random = dw_random_system(),
                                  .log = log};
    dw_daemon *daemon = NULL;
    dw_web *web = NULL;
    int signals = open_signals();
    if (signals < 0)
        return dw_error_set(err, DW_ERR_INTERNAL, "make a signalfd: %s", strerror(errno));

    dw_status st = dw_daemon_new(&opts, &daemon, err);
    if (st == DW_OK)
        st = dw_daemon_watch(daemon, signals, err);
    if (st == DW_OK)
        st = hand_on_classes(config, err); /* before there are threads: it changes the environment */
    if (st == DW_OK)
        st = start_web(config, daemon, &log, &web, err);
    if (st == DW_OK)
        st = dw_daemon_start(daemon, err);
    if (st == DW_OK)
        st = loop(&(struct running){path, config, daemon, &log}, signals, web ? dw_web_port(web) : 0,
                  err);
    sd_notify(0, "STOPPING=1");
    if (daemon)
        dw_commands_close(dw_daemon_commands(daemon));
    dw_web_stop(web);
    dw_daemon_free(daemon);
    dw_classes_use(NULL);
    close(signals);
    return st;
}

int main(int argc, char **argv)
{
    struct words words;
    struct dw_error err = {0};
    struct dw_config config = {0};

    /* One arena for the loop and one for the console's threads: more only cost memory here. */
    mallopt(M_ARENA_MAX, 2);
    umask(077);
    dw_status st = read_words(argc, argv, &words, &err);
    if (st == DW_OK && words.what == HELP) {
        usage(stdout);
        return 0;
    }
    if (st == DW_OK && words.what == VERSION) {
        puts("discwrightd " DW_VERSION);
        return 0;
    }
    if (st == DW_OK && words.what == SET_PASSWORD)
        st = set_password(words.password_file, &err);
    else if (st == DW_OK && words.what == PRINT_CONFIG)
        st = dw_config_load(words.config, &config, &err);
    else if (st == DW_OK)
        st = load_config(words.config, &config, &err);
    if (st == DW_OK && words.what == PRINT_CONFIG)
        st = print_config(&config, &err);
    else if (st == DW_OK && words.what == RUN)
        st = run(words.config, &config, &err);
    dw_config_done(&config);
    if (st != DW_OK)
        fprintf(stderr, "discwrightd: %s\n", err.text);
    return dw_status_exit_code(st);
}
