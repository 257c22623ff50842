/** Reading the tables as JSON, over a connection of one's own: WAL lets readers see the last commit
 *  while the loop writes. Read-only; one thread at a time per dw_queries. Patient data is in these
 *  documents: they go to the person who asked and nowhere else. Times are seconds since 1970, UTC (0:
 *  not yet). Missing text is "". What changes many times a second (progress, robots) is in
 *  daemon/snapshot.h. */
#ifndef DW_DAEMON_QUERIES_H
#define DW_DAEMON_QUERIES_H
#include <stdint.h>
#include <jansson.h>
#include "base/error.h"

typedef struct dw_queries dw_queries;

/** db_path: STATE/discwright.db, which the daemon has opened before. */
DW_MUST_CHECK dw_status dw_queries_open(const char *db_path, dw_queries **out, struct dw_error *err);
void dw_queries_close(dw_queries *queries); /**< NULL is fine */

struct dw_query { /* {0}: the first page of everything */
    const char *filter; /**< studies: words found in name, id, accession, description or date; jobs: the
                             same of their studies. Case does not matter. NULL or "": all */
    const char *state;  /**< only this state; NULL or "": all */
    int64_t job;        /**< discs, events and decisions of this job; 0: all */
    int64_t study;      /**< decisions about this study and its jobs; 0: all */
    int64_t limit;      /**< 0 or more than DW_LIST_ROWS_MAX: DW_LIST_ROWS_MAX */
    int64_t offset;
};

/** {"total": N, "studies": [STUDY, ...]}, the newest first; deleted and purging ones only when asked for. STUDY:
 *  {id, state: "receiving|complete|published|purged|held|deleted|purging", pinned (0, 1), deleted_at, reason, patient_name ("Müller, Anna"),
 *   patient_name_dicom ("Müller^Anna"), patient_id, issuer, birth_date ("1966-03-17"), sex, study_uid,
 *   study_date ("2026-11-21"), study_time (as stored), accession, description, institution, referring,
 *   modalities ("CT\\SR"), objects, series, quarantined, size_bytes, first_at, last_at,
 *   job (id of its newest job, 0 none), job_state (""), rule ("" none fitted), action ("burn|hold|ignore|none",
 *   "" until it is complete), late_job (whose discs lack `late` objects that came later; 0 none), late} */
DW_MUST_CHECK dw_status dw_query_studies(dw_queries *queries, const struct dw_query *query,
                                         json_t **out, struct dw_error *err);
/** STUDY plus "series_list": [{series_uid, modality, number, description, objects}], "jobs": [JOB],
 *  "quarantine": [{number, reason, at}] (the first DW_LIST_ROWS_MAX),
 *  "conflicts": [{field ("patient_id", "issuer", "patient_name", "birth_date", "sex"), title, locked, other,
 *   calling, first_object, objects (count), first_at, last_at, answer ("", "left out", "accepted")}]: values
 *  side by side, alike ones in one row (names as stored, "Müller^Anna"; dates "1966-03-17"),
 *  "acceptable": [numbers] of those without an answer whom a release may accept (the first DW_LIST_ROWS_MAX;
 *  "acceptable_total"). DW_ERR_NOT_FOUND. */
DW_MUST_CHECK dw_status dw_query_study(dw_queries *queries, int64_t id, json_t **out,
                                       struct dw_error *err);

/** {"total": N, "jobs": [JOB, ...]}, the newest first. JOB:
 *  {id, state: "queued|preparing|active|done|failed|held|cancelled", reason, step ("listing", "transcoding",
 *   "icons", "previews", "planning", "labels", "" when not preparing), made_by, recipient, copies, media, profile, template,
 *   viewer, robot, made_at, done_at, patient_name, patient_id, studies: [ids], description (of the first
 *   study), objects, left_off (count), quarantined (count), incomplete (bool: one of these two is not 0),
 *   volumes, discs_wanted (volumes x copies), discs_delivered, cancel_asked (bool),
 *  asked_media (as ordered; media is "auto" until one was chosen), claim (profile on the discs; "" none or not
 *  planned yet), compress (transfer syntax UID; ""), nonconformant (bool), if_forbidden ("hold", "leave-off",
 *  "as-is"), forbidden (count), rule (that ordered it; ""), priority ("low|normal|high|stat"), waits (bool: a rule
 *  holds it until a person releases it), supplement_of (job; 0 none), late (objects that came after its discs
 *  were begun and are on no supplement), question (null, or what the held job asks:
 *  {answers: ["leave-off", "profile", "as-is"], takers: [{profile, media}]})} */
DW_MUST_CHECK dw_status dw_query_jobs(dw_queries *queries, const struct dw_query *query,
                                      json_t **out, struct dw_error *err);
/** JOB plus "volume_list": [{id, n, of, state, blocks, size_bytes, objects, fileset_id, fileset_uid, dir}],
 *  "disc_list": [DISC], "notes": [{kind: "forbidden|left_off|quarantined|repair", number, text}] (the first
 *  DW_LIST_ROWS_MAX; "notes_total"), "event_list": [EVENT]. DW_ERR_NOT_FOUND. */
DW_MUST_CHECK dw_status dw_query_job(dw_queries *queries, int64_t id, json_t **out,
                                     struct dw_error *err);

/** {"total": N, "discs": [DISC, ...]}, the newest first. DISC:
 *  {id, job, volume (id), n, of, copy, attempt, state: as robot/disc.h names them, robot, drive (0: none),
 *   reason, image, label (paths, "" until known), verified_by, reserved_at, changed_at, delivered_at} */
DW_MUST_CHECK dw_status dw_query_discs(dw_queries *queries, const struct dw_query *query,
                                       json_t **out, struct dw_error *err);
/** {volume, job, n, of, copies, patient_name, patient_id, job_state, discs [{id, copy, attempt, state, delivered_at,
 *  reason}]} of the volume with that file-set UID. Copies are alike, byte for byte: which one a disc is, nobody can tell
 *  from it. DW_ERR_NOT_FOUND: no job made it. */
DW_MUST_CHECK dw_status dw_query_identify(dw_queries *queries, const char *fileset_uid, json_t **out,
                                          struct dw_error *err);
/** {"total": N, "events": [{id, at, level, job, disc, study, robot, text}]}, the newest first: no patient data. */
DW_MUST_CHECK dw_status dw_query_events(dw_queries *queries, const struct dw_query *query,
                                        json_t **out, struct dw_error *err);
/** {"total": N, "audit": [{id, at, user, door ("console", "cli", "retention"), action, study, job, disc, reason,
 *  detail, result ("OK" or another status; "" it was not finished)}]}, the newest first. */
DW_MUST_CHECK dw_status dw_query_audit(dw_queries *queries, const struct dw_query *query,
                                       json_t **out, struct dw_error *err);
/** {"robots": [{name, faults: [{key, sentence, who, action, disc, drive, raised_at, acknowledged}],
 *  discs_delivered, discs_rejected, discs_unknown}]}: what the tables know; merge with the snapshot by name. */
DW_MUST_CHECK dw_status dw_query_robots(dw_queries *queries, json_t **out, struct dw_error *err);
/** {"drives": [{serial, robot, drive, good, bad, bad_in_a_row, out (row of robot/faults.h that took it out of
 *  service; ""), discs (written in all: its age), last_at, and of what it read back in all: read_bytes, read_ms (0: it plays
 *  its discs from files), read_retries, read_slow}], "lots": [{code, media, good, bad, last_at}]} */
DW_MUST_CHECK dw_status dw_query_drives(dw_queries *queries, json_t **out, struct dw_error *err);
/** {studies: {state: count}, jobs: {state: count}, discs: {state: count}, objects, quarantined,
 *  quarantined_without_study, spool_bytes, faults (open), alarms: [text]} */
DW_MUST_CHECK dw_status dw_query_status(dw_queries *queries, json_t **out, struct dw_error *err);
/** What an order may choose from: {media: [{name, title, kind}], profiles: [{name, media}]}, as the tables of
 *  burn/image/blank.h and layout/fileset/profile.h have them. "auto" is not among the media. */
DW_MUST_CHECK dw_status dw_query_choices(dw_queries *queries, json_t **out, struct dw_error *err);

#endif
