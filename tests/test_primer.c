/* A file that is not in memory is, soon after the primer began with it. */
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "base/primer.h"
#include "tests/test.h"

#define BYTES ((size_t)40 * 1024 * 1024) /* beyond what is read in small steps */
#define PAGE 4096 /* the smallest there is */
#define WAIT_MS 20000

/* All of the file is in memory: the kernel says so to its owner. */
static bool is_resident(int fd)
{
    static unsigned char pages[BYTES / PAGE];
    size_t count = 0, all = BYTES / (size_t)sysconf(_SC_PAGESIZE);
    void *map = mmap(NULL, BYTES, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED || mincore(map, BYTES, pages) != 0)
        return false;
    for (size_t i = 0; i < all; i++)
        count += pages[i] & 1;
    munmap(map, BYTES);
    return count == all;
}

/* Not in /tmp, which may be memory itself. */
static int make_file(char path[64])
{
    snprintf(path, 64, "/var/tmp/dw-primer-XXXXXX");
    int fd = mkstemp(path);
    char *bytes = malloc(BYTES);
    memset(bytes, 'x', BYTES);
    CHECK(fd >= 0 && write(fd, bytes, BYTES) == (ssize_t)BYTES && fsync(fd) == 0);
    free(bytes);
    return fd;
}

static void read_into_memory(bool in_a_hurry)
{
    char path[64];
    int fd = make_file(path);
    CHECK_INT(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
    bool was_dropped = !is_resident(fd); /* some file systems keep all they have */
    dw_primer *primer = dw_primer_start(path);
    CHECK(primer != NULL);
    if (in_a_hurry)
        dw_primer_hurry(primer);
    for (int waited = 0; !is_resident(fd) && waited < WAIT_MS; waited++)
        poll(NULL, 0, 1);
    CHECK(is_resident(fd));
    dw_primer_stop(primer);
    if (!was_dropped)
        printf("     the file could not be put out of memory first\n");
    close(fd);
    unlink(path);
}

static void a_file_is_read_into_memory_to_its_end(void)
{
    read_into_memory(false);
    read_into_memory(true);
}

static void it_may_be_stopped_at_once(void)
{
    char path[64];
    int fd = make_file(path);
    dw_primer_stop(dw_primer_start(path));
    dw_primer_hurry(NULL);
    dw_primer_stop(NULL);
    close(fd);
    unlink(path);
}

static void what_is_no_file_is_left_alone(void)
{
    char folder[64], fifo[80];
    test_folder(folder);
    snprintf(fifo, sizeof fifo, "%s/fifo", folder);
    CHECK_INT(mkfifo(fifo, 0600), 0);
    CHECK(dw_primer_start(fifo) == NULL);
    CHECK(dw_primer_start(folder) == NULL);
    CHECK(dw_primer_start("/dev/null") == NULL);
    CHECK(dw_primer_start("/nowhere/at/all") == NULL);
    unlink(fifo);
    rmdir(folder);
}

TESTS(TEST(a_file_is_read_into_memory_to_its_end), TEST(it_may_be_stopped_at_once),
      TEST(what_is_no_file_is_left_alone))
