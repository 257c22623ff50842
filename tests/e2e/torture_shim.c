/* Preloaded into the appliance under test: makes the n-th allocation or file call of one kind of process fail, and moves
 * its clock, as the test asks through a shared page (torture.py, class Torture; DW_TORTURE names its file). */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum role { NOBODY, DAEMON, LISTENER, ASSOCIATION };
enum kind { NOTHING, ALLOCATION, FILE_CALL };

struct page { /* as torture.py packs it */
    _Atomic int64_t role, kind, nth, onwards, error, count, clock_s;
};

static struct page *page;
static enum role own_role;
static pid_t own_pid;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("DW_TORTURE"), *program = program_invocation_short_name;
    int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    own_role = strcmp(program, "discwrightd") == 0          ? DAEMON
               : strcmp(program, "discwright-receive") == 0 ? LISTENER
                                                            : NOBODY;
    own_pid = getpid();
    void *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (map != MAP_FAILED)
        page = map;
}

static bool fails(enum kind kind)
{
    if (!page || !own_role || atomic_load(&page->kind) != (int64_t)kind)
        return false;
    enum role role = own_role == LISTENER && getpid() != own_pid ? ASSOCIATION : own_role;
    if (atomic_load(&page->role) != (int64_t)role)
        return false;
    int64_t count = atomic_fetch_add(&page->count, 1) + 1, nth = atomic_load(&page->nth);
    if (nth == 0 || count < nth || (count > nth && !atomic_load(&page->onwards)))
        return false;
    errno = (int)atomic_load(&page->error);
    return true;
}

/* --- memory --- */

void *malloc(size_t size)
{
    return fails(ALLOCATION) ? NULL : __libc_malloc(size);
}
void *calloc(size_t n, size_t size)
{
    return fails(ALLOCATION) ? NULL : __libc_calloc(n, size);
}
void *realloc(void *old, size_t size)
{
    return fails(ALLOCATION) ? NULL : __libc_realloc(old, size);
}

/* --- files: what changes a disk --- */

static bool fails_on(int fd)
{
    struct stat sb;
    int kept = errno;
    bool is_file = fd > STDERR_FILENO && fstat(fd, &sb) == 0 && (S_ISREG(sb.st_mode) || S_ISDIR(sb.st_mode));
    errno = kept;
    return is_file && fails(FILE_CALL);
}

static int open_at(int dir, const char *path, int flags, unsigned mode)
{
    bool writes = (flags & O_ACCMODE) != O_RDONLY && strncmp(path, "/dev/", 5) != 0;
    if (writes && fails(FILE_CALL))
        return -1;
    return (int)syscall(SYS_openat, dir, path, flags, mode);
}

static unsigned mode_of(int flags, va_list args)
{
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(args, unsigned) : 0;
}

#define OPEN(name)                                    \
    int name(const char *path, int flags, ...)        \
    {                                                 \
        va_list args;                                 \
        va_start(args, flags);                        \
        unsigned mode = mode_of(flags, args);         \
        va_end(args);                                 \
        return open_at(AT_FDCWD, path, flags, mode);  \
    }
#define OPENAT(name)                                       \
    int name(int dir, const char *path, int flags, ...)    \
    {                                                      \
        va_list args;                                      \
        va_start(args, flags);                             \
        unsigned mode = mode_of(flags, args);              \
        va_end(args);                                      \
        return open_at(dir, path, flags, mode);            \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

ssize_t write(int fd, const void *data, size_t size)
{
    return fails_on(fd) ? -1 : syscall(SYS_write, fd, data, size);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at)
{
    return fails_on(fd) ? -1 : syscall(SYS_pwrite64, fd, data, size, at);
}
int fsync(int fd)
{
    return fails_on(fd) ? -1 : (int)syscall(SYS_fsync, fd);
}
int fdatasync(int fd)
{
    return fails_on(fd) ? -1 : (int)syscall(SYS_fdatasync, fd);
}
int ftruncate64(int fd, off64_t size)
{
    return fails_on(fd) ? -1 : (int)syscall(SYS_ftruncate, fd, size);
}
int rename(const char *from, const char *to)
{
    return fails(FILE_CALL) ? -1 : (int)syscall(SYS_rename, from, to);
}
int mkdir(const char *path, mode_t mode)
{
    return fails(FILE_CALL) ? -1 : (int)syscall(SYS_mkdir, path, mode);
}

/* --- the clock on the wall --- */

int clock_gettime(clockid_t clock, struct timespec *out)
{
    int result = (int)syscall(SYS_clock_gettime, clock, out);
    if (result == 0 && clock == CLOCK_REALTIME && page)
        out->tv_sec += atomic_load(&page->clock_s);
    return result;
}
time_t time(time_t *out)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out)
        *out = now.tv_sec;
    return now.tv_sec;
}
int gettimeofday(struct timeval *out, void *zone)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *out = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    return 0;
}
