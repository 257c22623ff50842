#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "check/rules.h"

#define BOTH_TABLES_MAX 200000 /* entries */
#define ROOT_FILES_OPENED_MAX 200 /* in search of a DICOMDIR of another name */

static void done(struct dw_judge *judge)
{
    dw_tape_free(judge->tape);
    if (judge->second.copy >= 0)
        close(judge->second.copy);
    dw_spill_drop(judge->spill, judge->order);
    dw_spill_drop(judge->spill, judge->seen);
    dw_space_done(&judge->space);
    dw_lookup_done(&judge->names);
    dw_lookup_done(&judge->instances);
    dw_lookup_done(&judge->patients);
    dw_lookup_done(&judge->issuers);
    dw_check_instances_done(&judge->uids);
    dw_check_manifest_done(&judge->manifest);
    dw_check_dir_done(&judge->dir);
    free(judge);
}

void dw_judge_fail(struct dw_judge *judge, dw_status st, const struct dw_error *err)
{
    if (judge->st != DW_OK)
        return;
    judge->st = st;
    judge->err = *err;
}

long dw_judge_find(const struct dw_judge *judge, const char *path)
{
    uint32_t at = dw_lookup_find(&judge->names, dw_check_hash_name(path));
    return at == DW_LOOKUP_NONE ? -1 : (long)at;
}

void dw_judge_place(const struct dw_judge *judge, size_t record, char out[DW_FINDING_PLACE_MAX])
{
    const struct dw_check_record *r = &judge->dir.records[record];
    const char *name = dw_check_type(r->type)->name;
    snprintf(out, DW_FINDING_PLACE_MAX, "record %zu (%s) at offset %u", record + 1,
             name[0] ? name : "unknown", r->offset);
}

void dw_judge_entry(const struct dw_judge *judge, size_t index, struct dw_check_source_entry *out)
{
    dw_spill_rest(judge->spill);
    dw_check_source_entry(judge->source, index, out);
}

struct place { /* of an entry */
    uint32_t lba, index;
};

static int by_block(const void *a, const void *b, void *ctx)
{
    const struct place *x = a, *y = b;
    (void)ctx;
    if (x->lba != y->lba)
        return x->lba < y->lba ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static dw_status sort_entries(struct dw_judge *judge, struct dw_error *err)
{
    struct place *places = dw_spill_grow(judge->spill, NULL, 0, (judge->count + 1) * sizeof *places);
    if (!places)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    for (size_t i = 0; i < judge->count; i++) {
        struct dw_check_source_entry entry;
        dw_judge_entry(judge, i, &entry);
        places[i] = (struct place){entry.lba, (uint32_t)i};
    }
    dw_status st = dw_spill_sort(judge->spill, places, judge->count, sizeof *places, by_block, NULL, err);
    for (size_t i = 0; i < judge->count; i++) {
        judge->order[i] = places[i].index;
        dw_spill_rest(judge->spill);
    }
    dw_spill_drop(judge->spill, places);
    return st;
}

static dw_status index_names(struct dw_judge *judge, struct dw_error *err)
{
    dw_status st = dw_lookup_reserve(&judge->names, judge->count, err);
    for (size_t i = 0; st == DW_OK && i < judge->count; i++) {
        struct dw_check_source_entry entry;
        uint32_t first;
        dw_judge_entry(judge, i, &entry);
        st = dw_lookup_put(&judge->names, dw_check_hash_name(entry.path), (uint32_t)i, &first, err);
    }
    return st;
}

static dw_status list_entries(struct dw_judge *judge, struct dw_error *err)
{
    judge->count = dw_check_source_count(judge->source);
    judge->order = dw_spill_grow(judge->spill, NULL, 0, (judge->count + 1) * sizeof *judge->order);
    judge->seen = dw_spill_grow(judge->spill, NULL, 0, (judge->count + 1) * sizeof *judge->seen);
    if (!judge->order || !judge->seen)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    for (size_t i = 0; i < judge->count; i++) {
        struct dw_check_source_entry entry;
        dw_judge_entry(judge, i, &entry);
        judge->seen[i].record = judge->seen[i].listed = DW_LOOKUP_NONE;
        if (!entry.is_folder) {
            judge->result->files++;
            judge->total_bytes += entry.size_bytes;
        }
    }
    dw_status st = sort_entries(judge, err);
    return st == DW_OK ? index_names(judge, err) : st;
}

/* A file of the root that says it is a DICOMDIR, whatever its name. */
static long find_by_class(struct dw_judge *judge)
{
    int looked_at = 0;
    for (size_t i = 0; i < judge->count && looked_at < ROOT_FILES_OPENED_MAX; i++) {
        struct dw_check_source_entry entry;
        struct dw_check_meta meta;
        dw_judge_entry(judge, i, &entry);
        if (entry.is_folder || strchr(entry.path + 1, '/'))
            continue;
        looked_at++;
        dw_tape_start(judge->tape, i, false);
        dw_check_meta_read(judge->tape, entry.size_bytes, &meta);
        if (strcmp(meta.sop_class, DW_DICOMDIR_CLASS) == 0)
            return (long)i;
    }
    return -1;
}

/* /DICOMDIR, or whatever comes nearest: a wrong name is one finding, not the end of the judgement. */
static void find_dicomdir(struct dw_judge *judge)
{
    struct dw_check_source_entry entry;
    judge->dicomdir = dw_judge_find(judge, "/DICOMDIR");
    for (size_t i = 0; judge->dicomdir < 0 && i < judge->count; i++) {
        dw_judge_entry(judge, i, &entry);
        const char *last = strrchr(entry.path, '/');
        if (!entry.is_folder && last && strncasecmp(last + 1, "DICOMDIR", 8) == 0)
            judge->dicomdir = (long)i;
    }
    if (judge->dicomdir < 0)
        judge->dicomdir = find_by_class(judge);
    if (judge->dicomdir >= 0)
        dw_judge_entry(judge, (size_t)judge->dicomdir, &entry);
    if (judge->dicomdir < 0 || entry.is_folder) {
        judge->dicomdir = -1;
        dw_findings_add(judge->found, DW_DIR_MISSING, "", NULL);
    } else if (strcmp(entry.path, "/DICOMDIR") != 0) {
        dw_findings_add(judge->found, DW_DIR_NAME, entry.path, NULL);
    }
}

static dw_status on_manifest_line(void *ctx, const struct dw_manifest_line *line,
                                  struct dw_error *err)
{
    struct dw_judge *judge = ctx;
    char place[DW_FINDING_PLACE_MAX];
    snprintf(place, sizeof place, "MANIFEST.TXT line %llu", (unsigned long long)line->number);
    if (!line->ok) {
        dw_findings_add(judge->found, DW_MAN_LINE, place, NULL);
        return DW_OK;
    }
    long at = dw_judge_find(judge, line->path);
    struct dw_check_source_entry entry = {.path = ""};
    if (at >= 0)
        dw_judge_entry(judge, (size_t)at, &entry);
    if (at < 0 || entry.is_folder || strcmp(entry.path, line->path) != 0) {
        dw_findings_add(judge->found, DW_MAN_MISSING, line->path, "%s", place);
        return DW_OK;
    }
    if (judge->seen[at].listed != DW_LOOKUP_NONE) {
        dw_findings_add(judge->found, DW_MAN_TWICE, line->path, "%s", place);
        return DW_OK;
    }
    return dw_check_manifest_keep(&judge->manifest, line->sha256, &judge->seen[at].listed, err);
}

/* Ends the file on the tape: its last bytes, and its digest against the manifest. */
static void end_file(struct dw_judge *judge, size_t index)
{
    struct dw_check_source_entry entry;
    struct dw_error trouble = {0};
    uint8_t digest[DW_SHA256_SIZE];
    dw_judge_entry(judge, index, &entry);
    uint32_t listed = (long)index == judge->manifest_at ? DW_LOOKUP_NONE : judge->seen[index].listed;
    if (dw_tape_end(judge->tape, digest, &trouble) != DW_OK)
        dw_findings_add(judge->found, DW_FILE_IO, entry.path, "%s", trouble.text);
    else if (listed != DW_LOOKUP_NONE &&
             memcmp(judge->manifest.digests[listed], digest, sizeof digest) != 0)
        dw_findings_add(judge->found, DW_MAN_HASH, entry.path, NULL);
    dw_rules_file_tail(judge, index);
}

static void read_manifest(struct dw_judge *judge)
{
    struct dw_error err = {0};
    struct dw_check_source_entry entry;
    judge->manifest_at = dw_judge_find(judge, "/MANIFEST.TXT");
    if (judge->manifest_at < 0)
        return;
    dw_judge_entry(judge, (size_t)judge->manifest_at, &entry);
    if (entry.is_folder) {
        judge->manifest_at = -1;
        return;
    }
    dw_tape_start(judge->tape, (size_t)judge->manifest_at, false);
    dw_status st = dw_check_manifest_read(judge->tape, on_manifest_line, judge, &err);
    if (st == DW_ERR_INTERNAL)
        dw_judge_fail(judge, st, &err);
    judge->manifest_whole = st == DW_OK;
    end_file(judge, (size_t)judge->manifest_at);
}

static dw_status on_record(void *ctx, const struct dw_check_facts *facts,
                           struct dw_check_record *record, struct dw_error *err)
{
    struct dw_judge *judge = ctx;
    dw_rules_record(judge, facts, record);
    dw_rules_identity_record(judge, facts);
    dw_nameplate_patient(judge, facts->patient_name, facts->patient_id);
    return judge->st == DW_OK ? DW_OK : dw_error_set(err, judge->st, "%s", judge->err.text);
}

static void read_directory(struct dw_judge *judge)
{
    struct dw_error err = {0};
    struct dw_check_source_entry entry;
    if (judge->dicomdir < 0)
        return;
    size_t at = (size_t)judge->dicomdir;
    dw_judge_entry(judge, at, &entry);
    int copy = judge->second.copy = dw_rules_second_wants(judge);
    char begins[5];
    dw_tape_start(judge->tape, at, judge->seen[at].listed != DW_LOOKUP_NONE);
    dw_tape_copy(judge->tape, copy);
    if (dw_check_preamble(judge->tape, begins))
        dw_rules_preamble(judge, entry.path, begins);
    dw_status st =
        dw_check_dir_read(judge->tape, entry.size_bytes, &judge->dir, on_record, judge, &err);
    judge->dir_whole = st == DW_OK;
    if (st == DW_ERR_INTERNAL)
        dw_judge_fail(judge, st, &err);
    else if (st != DW_OK)
        dw_findings_add(judge->found, DW_DIR_UNREADABLE, entry.path, "%s", err.text);
    end_file(judge, at);
    dw_rules_directory(judge);
    if (copy < 0 || dw_tape_copied(judge->tape))
        dw_rules_second_begin(judge);
    else if (copy >= 0 && !dw_tape_failed(judge->tape))
        dw_judge_fail(judge, dw_error_set(&err, DW_ERR_INTERNAL, "no memory for a second look"), &err);
}

static uint8_t syntax_number(struct dw_judge *judge, const char *uid)
{
    for (int i = 0; i < judge->syntax_count; i++)
        if (strcmp(judge->syntaxes[i], uid) == 0)
            return (uint8_t)(i + 1);
    if (judge->syntax_count < DW_CHECK_SYNTAXES_MAX)
        memcpy(judge->syntaxes[judge->syntax_count++], uid, DW_UID_MAX);
    return (uint8_t)judge->syntax_count;
}

static uint8_t class_number(struct dw_judge *judge, const char *uid)
{
    for (int i = 0; i < judge->class_count; i++)
        if (strcmp(judge->classes[i], uid) == 0)
            return (uint8_t)(i + 1);
    if (judge->class_count < DW_CHECK_CLASSES_MAX)
        memcpy(judge->classes[judge->class_count++], uid, DW_UID_MAX);
    return (uint8_t)judge->class_count;
}

static void find_parents(struct dw_judge *judge, struct dw_check_file *file)
{
    uint32_t up = file->record ? file->record->parent : 0;
    for (int level = 0; up != 0 && level < 8; level++) {
        struct dw_check_record *record = &judge->dir.records[up - 1];
        enum dw_check_kind kind = dw_check_type(record->type)->kind;
        if (kind == DW_REC_SERIES)
            file->series = record;
        if (kind == DW_REC_STUDY)
            file->study = record;
        if (kind == DW_REC_PATIENT)
            file->patient = record;
        up = record->parent;
    }
}

/* done == total only once: a listener takes it for the end. */
static void tell_progress(struct dw_judge *judge, uint64_t done_bytes)
{
    struct dw_error err = {0};
    uint64_t total = judge->total_bytes + 1;
    if (!judge->opts->progress)
        return;
    dw_status st = judge->opts->progress(judge->opts->ctx,
                                         done_bytes < total ? done_bytes : total - 1, total, &err);
    if (st != DW_OK)
        dw_judge_fail(judge, st, &err);
}

/* A long file may take minutes: who waits hears of it in between, and may end it. */
static bool on_window(void *ctx, uint64_t bytes)
{
    struct dw_judge *judge = ctx;
    tell_progress(judge, bytes);
    return judge->st == DW_OK;
}

/* Every file is read, DICOM or not: a disc whose viewer cannot be read is no good disc either. */
static void read_file(struct dw_judge *judge, size_t index, struct dw_check_header *header)
{
    struct dw_check_file file = {.index = (uint32_t)index, .header = header};
    dw_judge_entry(judge, index, &file.entry);
    dw_tape_start(judge->tape, index, judge->seen[index].listed != DW_LOOKUP_NONE);
    uint32_t record = judge->seen[index].record;
    if (record != DW_LOOKUP_NONE)
        file.record = &judge->dir.records[record];
    dw_check_header_read(judge->tape, file.entry.size_bytes, header);
    bool directory = strcmp(header->meta.sop_class, DW_DICOMDIR_CLASS) == 0 ||
                     strcmp(header->sop_class, DW_DICOMDIR_CLASS) == 0;
    if (directory && !file.record) { /* no object: nothing of what files are asked for belongs to it */
        dw_findings_add_as(judge->found, DW_DIR_NAME, DW_SEV_WARNING, file.entry.path,
                           judge->dicomdir >= 0 ? "a second one, which readers pass over"
                                                : "only its data set says what it is");
    } else if (header->meta.part10 || file.record) {
        judge->result->dicom_files++;
        judge->seen[index].is_dicom = 1;
        judge->seen[index].breaks =
            dw_check_image_breaks(&header->image, header->meta.transfer_syntax) & ((1u << DW_IMAGE_BITS) - 1);
    }
    if (judge->seen[index].is_dicom && !dw_tape_failed(judge->tape)) {
        if (header->meta.transfer_syntax[0])
            judge->seen[index].syntax = syntax_number(judge, header->meta.transfer_syntax);
        if (header->sop_class[0])
            judge->seen[index].sop_class = class_number(judge, header->sop_class);
        find_parents(judge, &file);
        dw_rules_file(judge, &file);
        dw_rules_time_of_file(judge, &file);
        dw_rules_identity_file(judge, &file);
        dw_nameplate_patient(judge, header->patient_name, header->patient_id);
    }
    end_file(judge, index);
}

/* All but what was read before, by block. */
static size_t list_files(struct dw_judge *judge, struct dw_reel_file *files)
{
    size_t count = 0;
    for (size_t i = 0; i < judge->count; i++) {
        uint32_t index = judge->order[i];
        struct dw_check_source_entry entry;
        dw_judge_entry(judge, index, &entry);
        if (!entry.is_folder && index != judge->dicomdir && index != judge->manifest_at)
            files[count++] = (struct dw_reel_file){index, judge->seen[index].listed != DW_LOOKUP_NONE};
    }
    return count;
}

/* Of a large disc there is memory for one of the two tables: of names, or of instances. */
static dw_status begin_instances(struct dw_judge *judge, size_t count, struct dw_error *err)
{
    if (judge->count > BOTH_TABLES_MAX)
        dw_lookup_done(&judge->names);
    return dw_lookup_reserve(&judge->instances, count, err);
}

static void end_instances(struct dw_judge *judge)
{
    struct dw_error err = {0};
    dw_lookup_done(&judge->instances);
    dw_status st = judge->count > BOTH_TABLES_MAX ? index_names(judge, &err) : DW_OK;
    if (st != DW_OK)
        dw_judge_fail(judge, st, &err);
}

static void read_files(struct dw_judge *judge)
{
    struct dw_error err = {0};
    struct dw_check_header *header = malloc(sizeof *header);
    struct dw_reel_file *files = dw_spill_grow(judge->spill, NULL, 0, (judge->count + 1) * sizeof *files);
    dw_status st = header && files ? DW_OK : dw_error_set(&err, DW_ERR_INTERNAL, "out of memory");
    size_t count = st == DW_OK ? list_files(judge, files) : 0;
    if (st == DW_OK)
        st = begin_instances(judge, count, &err);
    if (st == DW_OK)
        st = dw_tape_ahead(judge->tape, files, count, &err);
    if (st != DW_OK)
        dw_judge_fail(judge, st, &err);
    dw_rules_second_aside(judge);
    for (size_t i = 0; i < count && judge->st == DW_OK; i++) {
        read_file(judge, files[i].index, header);
        tell_progress(judge, dw_tape_bytes(judge->tape));
    }
    dw_tape_rest(judge->tape);
    dw_rules_space(judge, UINT64_MAX); /* reads the source itself: not while others read ahead */
    dw_spill_drop(judge->spill, files);
    free(header);
    end_instances(judge);
}

static void judge_all(struct dw_judge *judge)
{
    dw_rules_volume(judge);
    dw_rules_tree(judge);
    dw_rules_udf(judge);
    dw_rules_space_begin(judge);
    dw_nameplate_begin(judge);
    dw_rules_names(judge);
    find_dicomdir(judge);
    read_manifest(judge);
    read_directory(judge);
    read_files(judge);
    dw_rules_second_end(judge);
    dw_rules_set(judge);
    dw_rules_medium(judge);
    dw_rules_pdi(judge);
    dw_rules_identity(judge);
    dw_nameplate_end(judge);
}

static void use_spill(struct dw_judge *judge, dw_spill *spill)
{
    judge->spill = judge->patients.spill = judge->space.spill = spill;
    judge->names.spill = judge->instances.spill = spill;
    judge->names.stays = judge->instances.stays = true;
    judge->uids.spill = judge->manifest.spill = spill;
}

dw_status dw_check_run(dw_check_source *source, const struct dw_check_opts *opts,
                       struct dw_check_result *out, struct dw_error *err)
{
    memset(out, 0, sizeof *out);
    dw_findings_init(&out->findings);
    struct dw_judge *judge = calloc(1, sizeof *judge);
    if (!judge)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    judge->source = source;
    use_spill(judge, dw_check_source_spill(source));
    judge->opts = opts;
    judge->expect = opts->expect;
    judge->result = out;
    judge->found = &out->findings;
    judge->found->as_received = opts->expect != NULL;
    judge->dicomdir = judge->manifest_at = -1;
    judge->latest_s = DW_JUDGE_NO_TIME;
    judge->second.copy = -1;
    dw_status st = DW_OK;
    const char *claim = opts->profile && opts->profile[0]             ? opts->profile
                        : opts->expect && opts->expect->has_profile ? opts->expect->profile
                                                                    : "";
    judge->found->nonconformant = opts->expect && opts->expect->nonconformant;
    out->nonconformant = judge->found->nonconformant;
    if (claim[0] && !(judge->profile = dw_check_profile_find(claim, &judge->augmented)))
        st = dw_error_set(err, DW_ERR_INVALID, "profile '%s' is none of %s", claim,
                          dw_check_profile_names());
    if (st == DW_OK)
        st = dw_tape_new(source, &judge->tape, err);
    if (st == DW_OK)
        st = list_entries(judge, err);
    if (st == DW_OK) {
        dw_tape_tell(judge->tape, on_window, judge);
        judge_all(judge);
        if ((st = judge->st) != DW_OK)
            dw_error_set(err, st, "%s", judge->err.text);
        dw_text_cut(out->profile, sizeof out->profile,
                    claim[0]         ? claim
                    : judge->profile ? judge->profile->name
                                     : "");
        out->bytes = dw_tape_bytes(judge->tape);
        out->records = judge->dir.count;
        out->conforms = out->findings.errors == 0;
    }
    done(judge);
    return st;
}
