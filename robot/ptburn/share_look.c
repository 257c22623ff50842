#include "share_look.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"

#define TORN_WAIT_MS 100
#define TORN_TRIES 3

static dw_status failed(struct dw_error *err, const char *what)
{
    return dw_error_set(err, dw_status_from_errno(errno), "%s: %s", what, strerror(errno));
}

/* Names of ours are numbers and letters: what is said of a path is its name below the share. */
static dw_status path_of(char out[DW_PATH_MAX], const char *share, const char *stem, const char *ending,
                         struct dw_error *err)
{
    return dw_text_format(out, DW_PATH_MAX, "%s/%s%s", share, stem, ending)
               ? DW_OK
               : dw_error_set(err, DW_ERR_LIMIT, "the path of the shared folder is too long");
}

/* --- reading what is rewritten every two seconds --- */

/* Anybody may have put anything there: a pipe would hold us for ever. */
static dw_status read_once(const char *path, struct dw_buf *out, struct dw_error *err)
{
    struct stat info;
    char block[16384];
    ssize_t n = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return failed(err, "open a status file");
    dw_buf_init(out, DW_PTBURN_STATUS_FILE_MAX);
    dw_status st = fstat(fd, &info) == 0 && S_ISREG(info.st_mode)
                       ? DW_OK
                       : dw_error_set(err, DW_ERR_INVALID, "a status file is no file");
    while (st == DW_OK && !out->failed && (n = read(fd, block, sizeof block)) > 0)
        dw_buf_add(out, block, (size_t)n);
    if (st == DW_OK && n < 0)
        st = failed(err, "read a status file");
    if (st == DW_OK)
        st = dw_buf_check(out, "a status file", err);
    close(fd);
    if (st != DW_OK)
        dw_buf_done(out);
    return st;
}

static bool ends_its_line(const struct dw_buf *text)
{
    size_t n = text->size;
    return n >= 2 && text->data && (text->data[n - 1] == '\n' || (text->data[n - 1] == '\0' && text->data[n - 2] == '\n'));
}

static void pause_ms(long ms)
{
    const struct timespec time = {.tv_nsec = ms * 1000000L};
    nanosleep(&time, NULL);
}

/* Torn, or gone for the moment of a rename: looked at again, and taken as it is when it stays as it is. */
static dw_status read_status(const char *path, dw_ptburn_ini **out, struct dw_error *err)
{
    struct dw_buf text = {0}, before = {0};
    bool settled = false;
    dw_status st = DW_OK;
    for (int i = 0; i < TORN_TRIES; i++) {
        if (i > 0)
            pause_ms(TORN_WAIT_MS);
        dw_buf_done(&before);
        before = text;
        text = (struct dw_buf){0};
        st = read_once(path, &text, err);
        settled = st == DW_OK && i > 0 && before.data && text.data && text.size == before.size &&
                  memcmp(text.data, before.data, text.size) == 0;
        if (st == DW_OK && (settled || ends_its_line(&text)))
            break;
    }
    if (st == DW_OK)
        st = dw_ptburn_ini_parse(text.data, text.size, settled, out, err);
    dw_buf_done(&text);
    dw_buf_done(&before);
    return st;
}

dw_status folder_status(const char *path, const char *name, dw_ptburn_ini **out, struct dw_error *err)
{
    char file[DW_PATH_MAX];
    return dw_text_format(file, sizeof file, "%s/Status/%s", path, name)
               ? read_status(file, out, err)
               : dw_error_set(err, DW_ERR_LIMIT, "the path of the shared folder is too long");
}

static void read_robots(const char *share, struct dw_ptburn_view *view)
{
    for (int i = 0; i < view->server.robots; i++) {
        const char *name = view->server.robot[i].status_file;
        if (*name && folder_status(share, name, &view->status[i], NULL) != DW_OK)
            view->status[i] = NULL; /* the server's own file was read: this one is looked at again next time */
    }
}

/* --- names --- */

static dw_status add_name(struct dw_ptburn_view *view, const char *name, struct dw_error *err)
{
    struct dw_ptburn_found found = {.folder = !strchr(name, '.')};
    if (found.folder ? !dw_text_copy(found.stem, sizeof found.stem, name)
                     : !dw_ptburn_file_read(name, found.stem, &found.file))
        return DW_OK; /* nothing of the life of a job */
    if (view->count == DW_PTBURN_FILES_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "more than %d jobs of ours lie in the shared folder", DW_PTBURN_FILES_MAX);
    struct dw_ptburn_found *grown = realloc(view->found, (view->count + 1) * sizeof *grown);
    if (!grown)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    view->found = grown;
    view->found[view->count++] = found;
    return DW_OK;
}

static dw_status list(const char *share, const char *prefix, struct dw_ptburn_view *view, struct dw_error *err)
{
    const struct dirent *entry;
    dw_status st = DW_OK;
    DIR *dir = opendir(share);
    if (!dir)
        return failed(err, "open the shared folder");
    while (st == DW_OK && (errno = 0, entry = readdir(dir)) != NULL) {
        if (strncasecmp(entry->d_name, prefix, strlen(prefix)) == 0)
            st = add_name(view, entry->d_name, err);
    }
    if (st == DW_OK && errno)
        st = failed(err, "list the shared folder");
    closedir(dir);
    return st;
}

/* Without it the mount is not there, or it is not the folder of a PTBurn service: nothing is written into it. */
static dw_status read_server(const char *share, dw_ptburn_ini **out, struct dw_error *err)
{
    dw_status st = folder_status(share, "SystemStatus.txt", out, err);
    return st == DW_OK ? st : dw_error_prefix(err, st, "Status/SystemStatus.txt");
}

static dw_status see_server(const char *share, struct dw_error *err)
{
    dw_ptburn_ini *ini = NULL;
    dw_status st = read_server(share, &ini, err);
    dw_ptburn_ini_free(ini);
    return st;
}

/* Status first: a job that is renamed between the two has not been told of as finished by then. */
dw_status folder_look(const char *path, const char *prefix, struct dw_ptburn_view **out, struct dw_error *err)
{
    dw_ptburn_ini *ini = NULL;
    struct dw_ptburn_view *view = calloc(1, sizeof *view);
    if (!view)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    dw_status st = read_server(path, &ini, err);
    if (st == DW_OK) {
        dw_ptburn_server_read(ini, &view->server);
        if (!*view->server.pulse) /* its last section: half a file says nothing of what is not in it */
            st = dw_error_set(err, DW_ERR_CORRUPT, "Status/SystemStatus.txt is not whole");
    }
    if (st == DW_OK) {
        read_robots(path, view);
        st = list(path, prefix, view, err);
    }
    dw_ptburn_ini_free(ini);
    if (st == DW_OK)
        *out = view;
    else
        dw_ptburn_view_free(view);
    return st;
}

/* --- is it the service's? --- */

static dw_status file_of(const char *share, const char *stem, enum dw_ptburn_file *out, struct dw_error *err)
{
    struct dw_ptburn_view view = {0};
    dw_status st = list(share, stem, &view, err);
    *out = dw_ptburn_view_file(&view, stem);
    free(view.found);
    return st;
}

static dw_status none_of_that_name(const char *share, const char *stem, struct dw_error *err)
{
    enum dw_ptburn_file file;
    dw_status st = file_of(share, stem, &file, err);
    if (st == DW_OK && file != DW_PTBURN_FILE_NONE && file != DW_PTBURN_FILE_STAGED)
        st = dw_error_set(err, DW_ERR_CONFLICT, "job %s is on the server already", stem);
    return st;
}

/* --- removing --- */

static dw_status remove_file(const char *path, struct dw_error *err)
{
    return unlink(path) == 0 || errno == ENOENT ? DW_OK : failed(err, "remove a file of a job");
}

static dw_status remove_all(const char *path, const char *stem, struct dw_error *err)
{
    static const char *const endings[] = {".TMP", ".PT~", ".PTM"};
    char name[DW_PATH_MAX];
    dw_status st = path_of(name, path, stem, "", err);
    if (st == DW_OK)
        st = dw_file_remove_tree(name, err);
    for (size_t i = 0; st == DW_OK && i < DW_ARRAY_LEN(endings); i++) {
        st = path_of(name, path, stem, endings[i], err);
        if (st == DW_OK)
            st = remove_file(name, err);
    }
    return st;
}

/* What was looked at before may be long ago: a job that the service still has needs its image, and where the mount is
 * gone everything seems to be. */
dw_status folder_clean(const char *path, const char *stem, struct dw_error *err)
{
    enum dw_ptburn_file file = DW_PTBURN_FILE_NONE;
    dw_status st = see_server(path, err);
    if (st == DW_OK)
        st = file_of(path, stem, &file, err);
    if (st == DW_OK && dw_ptburn_file_is_live(file))
        st = dw_error_set(err, DW_ERR_BUSY, "job %s is still the service's", stem);
    return st == DW_OK ? remove_all(path, stem, err) : st;
}

/* --- writing --- */

dw_status folder_prepare(const char *path, const char *stem, struct dw_error *err)
{
    char folder[DW_PATH_MAX];
    dw_status st = see_server(path, err);
    if (st == DW_OK)
        st = none_of_that_name(path, stem, err);
    if (st == DW_OK)
        st = remove_all(path, stem, err);
    if (st == DW_OK)
        st = path_of(folder, path, stem, "", err);
    if (st == DW_OK && mkdir(folder, 0700) != 0)
        st = failed(err, "make the job's folder");
    return st;
}

/* Some servers cannot flush a folder, and say so. */
static void flush_folder(const char *path)
{
    dw_status st = dw_file_sync_dir(NULL, path, NULL);
    (void)st;
}

/* It is ASCII: a letter is itself and a zero. */
static void encode(const char *text, bool wide, struct dw_buf *out)
{
    static const char mark[2] = "\xFF\xFE";
    dw_buf_init(out, 0);
    if (!wide) {
        dw_buf_add_text(out, text);
        return;
    }
    dw_buf_add(out, mark, sizeof mark);
    for (; *text; text++)
        dw_buf_add(out, (const char[2]){*text, 0}, 2);
}

static dw_status write_new(const char *path, const char *text, bool wide, struct dw_error *err)
{
    struct dw_buf bytes = {0};
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return failed(err, "make a file of a job");
    encode(text, wide, &bytes);
    dw_status st = dw_buf_check(&bytes, "a file of a job", err);
    if (st == DW_OK)
        st = dw_file_write_all(NULL, fd, bytes.data, bytes.size, "a file of a job", err);
    dw_buf_done(&bytes);
    if (st == DW_OK && fsync(fd) != 0)
        st = failed(err, "write a file of a job");
    if (close(fd) != 0 && st == DW_OK)
        st = failed(err, "close a file of a job");
    return st;
}

dw_status folder_stage(const char *path, const char *stem, const char *text, bool wide, struct dw_error *err)
{
    char staged[DW_PATH_MAX];
    dw_status st = path_of(staged, path, stem, ".TMP", err);
    if (st == DW_OK)
        st = remove_file(staged, err);
    if (st == DW_OK)
        st = write_new(staged, text, wide, err);
    if (st == DW_OK)
        flush_folder(path);
    return st;
}

dw_status folder_submit(const char *path, const char *stem, struct dw_error *err)
{
    char staged[DW_PATH_MAX], request[DW_PATH_MAX];
    dw_status st = path_of(staged, path, stem, ".TMP", err);
    if (st == DW_OK)
        st = path_of(request, path, stem, ".JRQ", err);
    if (st == DW_OK)
        st = none_of_that_name(path, stem, err);
    if (st == DW_OK && rename(staged, request) != 0)
        st = failed(err, "submit the job");
    if (st == DW_OK)
        flush_folder(path);
    return st;
}

dw_status folder_message(const char *path, const char *stem, const char *text, bool wide, struct dw_error *err)
{
    char draft[DW_PATH_MAX], message[DW_PATH_MAX];
    dw_status st = path_of(draft, path, stem, ".PT~", err);
    if (st == DW_OK)
        st = path_of(message, path, stem, ".PTM", err);
    if (st == DW_OK && access(message, F_OK) == 0)
        return dw_error_set(err, DW_ERR_BUSY, "a message of that name is waiting already");
    if (st == DW_OK)
        st = remove_file(draft, err);
    if (st == DW_OK)
        st = write_new(draft, text, wide, err);
    if (st == DW_OK && rename(draft, message) != 0)
        st = failed(err, "send a message");
    return st;
}
