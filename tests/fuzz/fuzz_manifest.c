/* Fuzz target: a byte that says how to judge, then any bytes as a MANIFEST.TXT: read line by line, each line written
 * again and read again, and judged in a file-set. */
#include "check/manifest.h"
#include "judged.h"

#define PATH_AGAIN_MAX 3900 /* so that a line with it, its digest and its marks is not too long for a line */

struct lines {
    uint64_t number, count;
    struct dw_manifest_line last; /* the last that was ok */
    bool has_last;
};

static dw_status on_line(void *ctx, const struct dw_manifest_line *line, struct dw_error *err)
{
    struct lines *lines = ctx;
    (void)err;
    require(line->number > lines->number);
    lines->number = line->number;
    lines->count++;
    if (!line->ok)
        return DW_OK;
    size_t length = strnlen(line->path, sizeof line->path);
    require(length > 1 && length < sizeof line->path && line->path[0] == '/' && line->path[length - 1] != '\r');
    require(!strchr(line->path, '\n') && !strchr(line->path, '\\'));
    lines->last = *line;
    lines->has_last = true;
    return DW_OK;
}

static void read_lines(const uint8_t *data, size_t size, struct lines *out)
{
    struct memory_file file = {"/MANIFEST.TXT", data, size};
    dw_check_source *source = memory_source(&file, 1);
    dw_tape *tape = NULL;
    memset(out, 0, sizeof *out);
    require(dw_tape_new(source, &tape, NULL) == DW_OK);
    dw_tape_start(tape, 0, false);
    require(dw_check_manifest_read(tape, on_line, out, NULL) == DW_OK);
    dw_tape_free(tape);
    dw_check_source_free(source);
}

/* A '*', a "./" and a '/' are passed over once each: what stands behind them is the path. */
static void write_again(const struct dw_manifest_line *line)
{
    static struct lines again;
    struct dw_buf text = {0};
    char hex[2 * DW_SHA256_SIZE + 1];
    dw_text_hex(line->sha256, DW_SHA256_SIZE, hex);
    dw_buf_addf(&text, "%s \t*.%s", hex, line->path);
    read_lines((const uint8_t *)text.data, text.size, &again);
    dw_buf_done(&text);
    require(again.has_last && again.count == 1 && again.number == 1);
    require(strcmp(again.last.path, line->path) == 0 && memcmp(again.last.sha256, line->sha256, DW_SHA256_SIZE) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct lines lines;
    if (size == 0)
        return 0;
    uint64_t ends = 1;
    for (size_t i = 1; i < size; i++)
        ends += data[i] == '\n';
    read_lines(data + 1, size - 1, &lines);
    require(lines.number <= ends && lines.count <= lines.number);
    if (lines.has_last && strlen(lines.last.path) < PATH_AGAIN_MAX && lines.last.path[1] != '/')
        write_again(&lines.last);
    struct memory_file files[] = {
        {"/README.TXT", (const uint8_t *)"hello", 5},
        {"/MANIFEST.TXT", data + 1, size - 1},
        {"/DICOM/IM1", (const uint8_t *)"", 0},
    };
    dw_check_source *source = memory_source(files, DW_ARRAY_LEN(files));
    judge_bytes(source, data[0], size % 4 == 0);
    dw_check_source_free(source);
    return 0;
}
