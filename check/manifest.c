#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "check/manifest.h"

void dw_check_manifest_done(struct dw_check_manifest *manifest)
{
    dw_spill_drop(manifest->spill, manifest->digests);
    *manifest = (struct dw_check_manifest){.spill = manifest->spill};
}

dw_status dw_check_manifest_keep(struct dw_check_manifest *manifest,
                                 const uint8_t sha256[DW_SHA256_SIZE], uint32_t *out_row,
                                 struct dw_error *err)
{
    if (manifest->count == manifest->cap) {
        size_t cap = manifest->cap ? manifest->cap * 2 : 256;
        void *more = dw_spill_grow(manifest->spill, manifest->digests, manifest->cap * sizeof *manifest->digests,
                                   cap * sizeof *manifest->digests);
        if (!more)
            return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
        manifest->digests = more;
        manifest->cap = cap;
    }
    memcpy(manifest->digests[manifest->count], sha256, DW_SHA256_SIZE);
    *out_row = (uint32_t)manifest->count++;
    return DW_OK;
}

/* text is one line without its end. False: it says nothing. */
static bool parse_line(char *text, struct dw_manifest_line *out)
{
    size_t length = strlen(text);
    while (length > 0 && (text[length - 1] == '\r' || text[length - 1] == ' '))
        text[--length] = '\0';
    if (length == 0 || text[0] == '#')
        return false;
    out->ok = false;
    out->path[0] = '\0';
    if (length < 2 * DW_SHA256_SIZE + 2)
        return true;
    char *name = text + 2 * DW_SHA256_SIZE;
    if (*name != ' ' && *name != '\t')
        return true;
    *name++ = '\0';
    if (!dw_text_unhex(text, out->sha256, DW_SHA256_SIZE))
        return true;
    name += strspn(name, " \t");
    name += *name == '*';
    if (strncmp(name, "./", 2) == 0)
        name += 2;
    for (char *c = name; *c; c++)
        if (*c == '\\')
            *c = '/';
    name += *name == '/';
    out->ok = *name && dw_text_format(out->path, sizeof out->path, "/%s", name);
    return true;
}

dw_status dw_check_manifest_read(dw_tape *tape, dw_manifest_line_fn *fn, void *ctx,
                                 struct dw_error *err)
{
    char chunk[4096], text[DW_PATH_MAX] = "";
    struct dw_manifest_line *line = calloc(1, sizeof *line);
    size_t length = 0;
    bool cut = false;
    uint64_t at = 0;
    dw_status st = DW_OK;
    if (!line)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    for (ssize_t got = 1; st == DW_OK && got > 0; at += (uint64_t)got) {
        got = dw_tape_pread(tape, chunk, sizeof chunk, at);
        if (got < 0) {
            st = dw_error_set(err, DW_ERR_IO, "cannot be read");
            break;
        }
        for (ssize_t i = 0; st == DW_OK && i < (got ? got : 1); i++) {
            char c = got ? chunk[i] : '\n'; /* a last line without an end */
            if (c != '\n') {
                cut = cut || c == '\0' || length + 1 >= sizeof text;
                if (!cut)
                    text[length++] = c;
                continue;
            }
            text[length] = '\0';
            if (got || length || cut)
                line->number++;
            if (cut ? (line->ok = false, true) : parse_line(text, line))
                st = fn(ctx, line, err);
            length = 0;
            cut = false;
        }
        if (got == 0)
            break;
    }
    free(line);
    return st;
}
