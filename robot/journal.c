#include "robot/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct dw_journal {
    int fd;
    char path[DW_PATH_MAX];
    const struct dw_disk *disk;
    struct dw_clock clock;
    struct dw_journal_motion motions[DW_JOURNAL_DISCS_MAX]; /* oldest first */
    size_t count;
};

static const char *const words[] = {"begin", "end", "answer"};
enum word { WORD_BEGIN, WORD_END, WORD_ANSWER };

static struct dw_journal_motion *motion_of(dw_journal *journal, int64_t disc)
{
    for (size_t i = 0; i < journal->count; i++) {
        if (journal->motions[i].disc == disc)
            return &journal->motions[i];
    }
    return NULL;
}

/* The newest disc is last; the oldest finished one makes room. */
static struct dw_journal_motion *motion_for(dw_journal *journal, int64_t disc)
{
    struct dw_journal_motion *motion = motion_of(journal, disc);
    if (motion)
        return motion;
    if (journal->count == DW_JOURNAL_DISCS_MAX) {
        size_t victim = 0;
        while (victim + 1 < journal->count && journal->motions[victim].unfinished)
            victim++;
        memmove(&journal->motions[victim], &journal->motions[victim + 1],
                (journal->count - victim - 1) * sizeof journal->motions[0]);
        journal->count--;
    }
    motion = &journal->motions[journal->count++];
    *motion = (struct dw_journal_motion){.disc = disc};
    return motion;
}

static void apply_begin(dw_journal *journal, int64_t disc, struct dw_place from, struct dw_place to)
{
    struct dw_journal_motion *motion = motion_for(journal, disc);
    *motion = (struct dw_journal_motion){.disc = disc, .from = from, .to = to, .unfinished = true};
}

static void apply_end(dw_journal *journal, int64_t disc, const char *moved)
{
    struct dw_journal_motion *motion = motion_for(journal, disc);
    motion->unfinished = strcmp(moved, "unknown") == 0;
    if (strcmp(moved, "yes") == 0)
        motion->at = motion->to;
    else if (strcmp(moved, "no") == 0)
        motion->at = motion->from;
}

static void apply_answer(dw_journal *journal, int64_t disc, struct dw_place at)
{
    struct dw_journal_motion *motion = motion_for(journal, disc);
    motion->unfinished = false;
    motion->at = at;
}

/* Next field of a line up to a tab or the end; NULL when there is none. */
static char *next_field(char **rest)
{
    char *field = *rest;
    if (!field)
        return NULL;
    char *tab = strchr(field, '\t');
    if (tab)
        *tab++ = 0;
    *rest = tab;
    return field;
}

/* WHEN \t WORD \t DISC \t ... */
static dw_status apply_line(dw_journal *journal, char *line, struct dw_error *err)
{
    char *rest = line, *when = next_field(&rest), *word = next_field(&rest),
         *number = next_field(&rest), *a = next_field(&rest), *b = next_field(&rest);
    struct dw_place from, to;
    int64_t disc;
    if (!when || !word || !number || !a || rest || !dw_text_int(number, 0, INT64_MAX, &disc))
        goto bad;
    if (strcmp(word, words[WORD_BEGIN]) == 0) {
        if (!b || !dw_place_from_name(a, &from) || !dw_place_from_name(b, &to))
            goto bad;
        apply_begin(journal, disc, from, to);
    } else if (strcmp(word, words[WORD_END]) == 0) {
        if (b || (strcmp(a, "yes") != 0 && strcmp(a, "no") != 0 && strcmp(a, "unknown") != 0))
            goto bad;
        apply_end(journal, disc, a);
    } else if (strcmp(word, words[WORD_ANSWER]) == 0) {
        if (b || !dw_place_from_name(a, &from))
            goto bad;
        apply_answer(journal, disc, from);
    } else {
        goto bad;
    }
    return DW_OK;
bad:
    return dw_error_set(err, DW_ERR_CORRUPT, "not a line of a robot's journal");
}

/* What follows the last line feed was never announced as written: it is cut off. */
static dw_status read_lines(dw_journal *journal, struct dw_buf *text, struct dw_error *err)
{
    size_t start = 0, number = 0;
    for (size_t i = 0; i < text->size; i++) {
        if (text->data[i] != '\n')
            continue;
        text->data[i] = 0;
        number++;
        dw_status st = strlen(text->data + start) == i - start
                           ? apply_line(journal, text->data + start, err)
                           : dw_error_set(err, DW_ERR_CORRUPT, "zero bytes");
        if (st != DW_OK)
            return dw_error_prefix(err, st, "%s:%zu", journal->path, number);
        start = i + 1;
    }
    if (start < text->size && ftruncate(journal->fd, (off_t)start) != 0)
        return dw_error_set(err, DW_ERR_IO, "cut '%s': %s", journal->path, strerror(errno));
    return DW_OK;
}

static dw_status append(dw_journal *journal, const char *line, struct dw_error *err)
{
    const struct dw_disk *disk = journal->disk;
    struct stat before;
    if (fstat(journal->fd, &before) != 0)
        return dw_error_set(err, DW_ERR_IO, "'%s': %s", journal->path, strerror(errno));
    dw_status st = dw_file_write_all(disk, journal->fd, line, strlen(line), journal->path, err);
    if (st == DW_OK && disk->fsync(disk->ctx, journal->fd) != 0)
        st = dw_error_set(err, DW_ERR_IO, "fsync '%s': %s", journal->path, strerror(errno));
    /* Half a line would spoil the next one; if the cut fails too, the next open refuses the file.
     */
    if (st != DW_OK && ftruncate(journal->fd, before.st_size) != 0)
        st = dw_error_prefix(err, st, "cut: %s", strerror(errno));
    return st;
}

/* A new file begins with what the old one knew about an unfinished motion. */
static dw_status rotate(dw_journal *journal, struct dw_error *err)
{
    char old[DW_PATH_MAX];
    if (!dw_text_format(old, sizeof old, "%s.old", journal->path))
        return dw_error_set(err, DW_ERR_LIMIT, "path too long");
    struct dw_buf kept = {0};
    for (size_t i = 0; i < journal->count; i++) {
        const struct dw_journal_motion *motion = &journal->motions[i];
        char from[DW_PLACE_NAME_MAX], to[DW_PLACE_NAME_MAX], at[DW_PLACE_NAME_MAX];
        dw_buf_addf(&kept, "0\tbegin\t%" PRId64 "\t%s\t%s\n", motion->disc,
                    dw_place_name(motion->from, from), dw_place_name(motion->to, to));
        if (!motion->unfinished)
            dw_buf_addf(&kept, "0\tanswer\t%" PRId64 "\t%s\n", motion->disc,
                        dw_place_name(motion->at, at));
    }
    dw_status st = dw_buf_check(&kept, "journal", err);
    if (st == DW_OK && link(journal->path, old) != 0 && errno == EEXIST &&
        (unlink(old) != 0 || link(journal->path, old) != 0))
        st = dw_error_set(err, DW_ERR_IO, "keep '%s': %s", old, strerror(errno));
    if (st == DW_OK)
        st = dw_file_save(journal->disk, journal->path, kept.data ? kept.data : "", kept.size, err);
    dw_buf_done(&kept);
    if (st != DW_OK)
        return st;
    int fd = open(journal->path, O_RDWR | O_APPEND | O_CLOEXEC);
    if (fd < 0)
        return dw_error_set(err, DW_ERR_IO, "open '%s': %s", journal->path, strerror(errno));
    close(journal->fd);
    journal->fd = fd;
    return DW_OK;
}

/* The file's name must survive as well as its lines. */
static dw_status sync_parent(const dw_journal *journal, struct dw_error *err)
{
    char dir[DW_PATH_MAX];
    if (!dw_text_copy(dir, sizeof dir, journal->path))
        return dw_error_set(err, DW_ERR_LIMIT, "path too long");
    char *slash = strrchr(dir, '/');
    if (!slash)
        return dw_file_sync_dir(journal->disk, ".", err);
    slash[slash == dir] = 0;
    return dw_file_sync_dir(journal->disk, dir, err);
}

dw_status dw_journal_open(const char *path, const struct dw_disk *disk,
                          const struct dw_clock *clock, dw_journal **out, struct dw_error *err)
{
    struct dw_buf text = {.max = 2 * DW_JOURNAL_SIZE_MAX};
    dw_journal *journal = calloc(1, sizeof *journal);
    if (!journal)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    journal->fd = -1;
    journal->disk = disk ? disk : &dw_disk_real;
    journal->clock = *clock;
    dw_status st = DW_OK;
    if (!dw_text_copy(journal->path, sizeof journal->path, path)) {
        st = dw_error_set(err, DW_ERR_LIMIT, "path too long");
        goto out;
    }
    journal->fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (journal->fd < 0) {
        st = dw_error_set(err, DW_ERR_IO, "open '%s': %s", path, strerror(errno));
        goto out;
    }
    st = dw_file_read_all(path, 2 * DW_JOURNAL_SIZE_MAX, &text, err);
    if (st == DW_OK)
        st = read_lines(journal, &text, err);
    if (st == DW_OK && text.size > DW_JOURNAL_SIZE_MAX)
        st = rotate(journal, err);
    if (st == DW_OK)
        st = sync_parent(journal, err);
out:
    dw_buf_done(&text);
    if (st == DW_OK)
        *out = journal;
    else
        dw_journal_close(journal);
    return st;
}

void dw_journal_close(dw_journal *journal)
{
    if (!journal)
        return;
    if (journal->fd >= 0)
        close(journal->fd);
    free(journal);
}

dw_status dw_journal_begin(dw_journal *journal, int64_t disc, struct dw_place from,
                           struct dw_place to, struct dw_error *err)
{
    char line[160], a[DW_PLACE_NAME_MAX], b[DW_PLACE_NAME_MAX];
    snprintf(line, sizeof line, "%" PRId64 "\t%s\t%" PRId64 "\t%s\t%s\n",
             dw_clock_wall_us(&journal->clock), words[WORD_BEGIN], disc, dw_place_name(from, a),
             dw_place_name(to, b));
    struct stat now;
    dw_status st = fstat(journal->fd, &now) == 0 && now.st_size > DW_JOURNAL_SIZE_MAX
                       ? rotate(journal, err)
                       : DW_OK;
    if (st == DW_OK)
        st = append(journal, line, err);
    if (st == DW_OK)
        apply_begin(journal, disc, from, to);
    return st;
}

dw_status dw_journal_end(dw_journal *journal, int64_t disc, const char *moved, struct dw_error *err)
{
    char line[160];
    snprintf(line, sizeof line, "%" PRId64 "\t%s\t%" PRId64 "\t%s\n",
             dw_clock_wall_us(&journal->clock), words[WORD_END], disc, moved);
    dw_status st = append(journal, line, err);
    if (st == DW_OK)
        apply_end(journal, disc, moved);
    return st;
}

dw_status dw_journal_answer(dw_journal *journal, int64_t disc, struct dw_place at,
                            struct dw_error *err)
{
    char line[160], a[DW_PLACE_NAME_MAX];
    snprintf(line, sizeof line, "%" PRId64 "\t%s\t%" PRId64 "\t%s\n",
             dw_clock_wall_us(&journal->clock), words[WORD_ANSWER], disc, dw_place_name(at, a));
    dw_status st = append(journal, line, err);
    if (st == DW_OK)
        apply_answer(journal, disc, at);
    return st;
}

const struct dw_journal_motion *dw_journal_find(const dw_journal *journal, int64_t disc)
{
    return motion_of((dw_journal *)journal, disc);
}

size_t dw_journal_motions(const dw_journal *journal, const struct dw_journal_motion **out)
{
    *out = journal->motions;
    return journal->count;
}

const struct dw_journal_motion *dw_journal_unfinished(const dw_journal *journal)
{
    for (size_t i = 0; i < journal->count; i++) {
        if (journal->motions[i].unfinished)
            return &journal->motions[i];
    }
    return NULL;
}
