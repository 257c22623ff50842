#include "daemon/schema.h"

#include "base/error.h"

/* Version 1. States are the names of daemon/states.h and robot/disc.h. Times are seconds since 1970. */
static const char version_1[] =
    /* Numbers that only grow: the next spool number above all. */
    "CREATE TABLE counter(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
    "INSERT INTO counter VALUES('object', 1);"

    /* One Study Instance UID. The patient columns are the lock: those of the first object, never
     * overwritten by a later one; an issuer or birth date it left open is locked by the first that has
     * one. */
    "CREATE TABLE study("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, study_uid TEXT NOT NULL UNIQUE, state TEXT NOT NULL,"
    " reason TEXT NOT NULL DEFAULT '',"
    " patient_id TEXT NOT NULL, issuer TEXT NOT NULL, patient_name TEXT NOT NULL,"
    " birth_date TEXT NOT NULL, sex TEXT NOT NULL,"
    " study_date TEXT NOT NULL, study_time TEXT NOT NULL, study_id TEXT NOT NULL,"
    " accession TEXT NOT NULL, description TEXT NOT NULL, institution TEXT NOT NULL,"
    " referring TEXT NOT NULL, modalities TEXT NOT NULL DEFAULT '',"
    " objects INTEGER NOT NULL DEFAULT 0, size_bytes INTEGER NOT NULL DEFAULT 0,"
    " first_at INTEGER NOT NULL, last_at INTEGER NOT NULL);"
    "CREATE INDEX study_state ON study(state, last_at);"
    "CREATE INDEX study_last ON study(last_at);"

    "CREATE TABLE series("
    " study INTEGER NOT NULL REFERENCES study(id), series_uid TEXT NOT NULL,"
    " modality TEXT NOT NULL, number INTEGER, description TEXT NOT NULL,"
    " objects INTEGER NOT NULL, PRIMARY KEY(study, series_uid)) WITHOUT ROWID;"

    /* A received SOP instance: spool/<number / 1000>/<number>. The row is its existence. A quarantined one
     * may have no study; `detail` is dicom/object.h as JSON. */
    "CREATE TABLE object("
    " number INTEGER PRIMARY KEY, study INTEGER REFERENCES study(id), state TEXT NOT NULL,"
    " reason TEXT NOT NULL DEFAULT '', sha256 BLOB, size_bytes INTEGER NOT NULL,"
    " study_uid TEXT NOT NULL, series_uid TEXT NOT NULL, sop_instance TEXT NOT NULL,"
    " sop_class TEXT NOT NULL, transfer_syntax TEXT NOT NULL, modality TEXT NOT NULL,"
    " instance_number INTEGER, frames INTEGER NOT NULL, calling TEXT NOT NULL, received_at INTEGER NOT NULL,"
    " detail TEXT NOT NULL, record BLOB);"
    "CREATE UNIQUE INDEX object_instance ON object(sop_instance) WHERE state = 'received';"
    "CREATE INDEX object_study ON object(study, number) WHERE state = 'received';"
    "CREATE INDEX object_quarantine ON object(study_uid, sha256) WHERE state = 'quarantined';"

    /* derived/<kind>/<number>: made from an object before planning. 'failed' keeps the reason, so that it
     * is not tried again for every job. */
    "CREATE TABLE derived("
    " number INTEGER NOT NULL REFERENCES object(number), kind TEXT NOT NULL, state TEXT NOT NULL,"
    " reason TEXT NOT NULL DEFAULT '', sha256 BLOB, size_bytes INTEGER NOT NULL DEFAULT 0,"
    " detail TEXT, record BLOB, PRIMARY KEY(number, kind)) WITHOUT ROWID;"

    /* An order. seed and made_at are drawn once, so that planning again gives the same bytes. */
    "CREATE TABLE job("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, state TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '',"
    " step TEXT NOT NULL DEFAULT '', made_by TEXT NOT NULL, recipient TEXT NOT NULL,"
    " copies INTEGER NOT NULL, media TEXT NOT NULL, profile TEXT NOT NULL, template TEXT NOT NULL,"
    " viewer INTEGER NOT NULL, robot TEXT NOT NULL, made_at INTEGER NOT NULL,"
    " done_at INTEGER NOT NULL DEFAULT 0, seed TEXT NOT NULL,"
    " cancel_asked INTEGER NOT NULL DEFAULT 0, objects INTEGER NOT NULL DEFAULT 0,"
    " patient_id TEXT NOT NULL, issuer TEXT NOT NULL, patient_name TEXT NOT NULL,"
    " birth_date TEXT NOT NULL);"
    "CREATE INDEX job_state ON job(state);"
    "CREATE TABLE job_study("
    " job INTEGER NOT NULL REFERENCES job(id), study INTEGER NOT NULL REFERENCES study(id),"
    " PRIMARY KEY(job, study)) WITHOUT ROWID;"
    "CREATE INDEX job_study_study ON job_study(study);"
    /* What cannot go on the disc, and what was repaired: nothing is dropped silently. */
    "CREATE TABLE job_note("
    " id INTEGER PRIMARY KEY, job INTEGER NOT NULL REFERENCES job(id), kind TEXT NOT NULL,"
    " number INTEGER NOT NULL DEFAULT 0, text TEXT NOT NULL, UNIQUE(job, kind, number, text));"

    /* The content of one disc, immutable. dir is relative to the state folder. */
    "CREATE TABLE volume("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, job INTEGER NOT NULL REFERENCES job(id),"
    " n INTEGER NOT NULL, of INTEGER NOT NULL, state TEXT NOT NULL, dir TEXT NOT NULL,"
    " media TEXT NOT NULL, blocks INTEGER NOT NULL, size_bytes INTEGER NOT NULL,"
    " fileset_uid TEXT NOT NULL, fileset_id TEXT NOT NULL, objects INTEGER NOT NULL,"
    " planned_at INTEGER NOT NULL, UNIQUE(job, n));"
    "CREATE TABLE volume_object("
    " volume INTEGER NOT NULL REFERENCES volume(id), number INTEGER NOT NULL,"
    " PRIMARY KEY(volume, number)) WITHOUT ROWID;"
    "CREATE INDEX volume_object_number ON volume_object(number);"

    /* One piece of plastic. before_state: what it was when it became unknown. */
    "CREATE TABLE disc("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, volume INTEGER NOT NULL REFERENCES volume(id),"
    " job INTEGER NOT NULL REFERENCES job(id), copy INTEGER NOT NULL, attempt INTEGER NOT NULL,"
    " state TEXT NOT NULL, before_state TEXT NOT NULL DEFAULT '', robot TEXT NOT NULL,"
    " drive INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '',"
    " image TEXT NOT NULL DEFAULT '', label TEXT NOT NULL DEFAULT '',"
    " verified_by TEXT NOT NULL DEFAULT '', reserved_at INTEGER NOT NULL,"
    " changed_at INTEGER NOT NULL, delivered_at INTEGER NOT NULL DEFAULT 0,"
    " UNIQUE(volume, copy, attempt));"
    /* No disc twice. */
    "CREATE UNIQUE INDEX disc_delivered ON disc(volume, copy) WHERE state = 'delivered';"
    "CREATE INDEX disc_job ON disc(job);"
    "CREATE INDEX disc_live ON disc(robot, state)"
    " WHERE state NOT IN ('delivered', 'rejected', 'abandoned');"

    "CREATE TABLE fault("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, robot TEXT NOT NULL, key TEXT NOT NULL,"
    " sentence TEXT NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL,"
    " disc INTEGER NOT NULL DEFAULT 0, drive INTEGER NOT NULL DEFAULT 0,"
    " raised_at INTEGER NOT NULL, acknowledged INTEGER NOT NULL DEFAULT 0,"
    " cleared_at INTEGER NOT NULL DEFAULT 0);"
    "CREATE UNIQUE INDEX fault_open ON fault(robot, key) WHERE cleared_at = 0;"
    "CREATE TABLE event("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, level TEXT NOT NULL,"
    " study INTEGER NOT NULL, job INTEGER NOT NULL, disc INTEGER NOT NULL, robot TEXT NOT NULL,"
    " text TEXT NOT NULL);"
    "CREATE INDEX event_job ON event(job, id);"
    "PRAGMA application_id = 0x44575231;"; /* "DWR1" */

/* Version 2: what a person ordered beside what was chosen, objects that the profile forbids, and what the
 * discs claim. question is daemon/jobs/forbidden.h as JSON, "" when nothing is asked. */
static const char version_2[] =
    "ALTER TABLE job ADD COLUMN asked_media TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE job ADD COLUMN asked_profile TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE job ADD COLUMN forbidden TEXT NOT NULL DEFAULT 'hold';"
    "ALTER TABLE job ADD COLUMN compress TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE job ADD COLUMN claim TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE job ADD COLUMN nonconformant INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE job ADD COLUMN question TEXT NOT NULL DEFAULT '';"
    /* Their own columns were the order of every job so far. */
    "UPDATE job SET asked_media = media, asked_profile = profile, claim = profile;";

/* Version 3: which AE title an object was sent to; "" where nobody kept it. */
static const char version_3[] = "ALTER TABLE object ADD COLUMN called TEXT NOT NULL DEFAULT '';";

/* Version 4: what rules ask of a study, what was decided about it, and which objects a job was made of.
 * arrival counts the received objects of a study in the order of their commit; a job takes those from_arrival
 * < arrival <= to_arrival (0: not frozen yet). What came later is on none of its discs. */
static const char version_4[] =
    "ALTER TABLE study ADD COLUMN called TEXT NOT NULL DEFAULT '';" /* AE titles, "A\\B" */
    "ALTER TABLE study ADD COLUMN calling TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE study ADD COLUMN arrivals INTEGER NOT NULL DEFAULT 0;" /* received objects ever */
    "ALTER TABLE study ADD COLUMN rule TEXT NOT NULL DEFAULT '';"
    /* daemon/intake/rule.h; "": nothing was decided since the study became complete */
    "ALTER TABLE study ADD COLUMN action TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE series ADD COLUMN body_part TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE series ADD COLUMN station TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE object ADD COLUMN arrival INTEGER;"
    "ALTER TABLE job ADD COLUMN rule TEXT NOT NULL DEFAULT '';" /* that ordered it; "" a person */
    "ALTER TABLE job ADD COLUMN priority INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE job ADD COLUMN waits INTEGER NOT NULL DEFAULT 0;" /* held until a person releases it */
    "ALTER TABLE job ADD COLUMN supplement_of INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE job_study ADD COLUMN from_arrival INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE job_study ADD COLUMN to_arrival INTEGER NOT NULL DEFAULT 0;"
    "UPDATE object SET arrival = n.n FROM (SELECT number, row_number() OVER (PARTITION BY study"
    " ORDER BY number) AS n FROM object WHERE state = 'received') AS n WHERE n.number = object.number;"
    "UPDATE study SET arrivals = coalesce((SELECT max(arrival) FROM object o WHERE o.study = study.id"
    " AND o.state = 'received'), 0),"
    " calling = coalesce((SELECT replace(group_concat(DISTINCT calling), ',', '\\') FROM object o WHERE"
    " o.study = study.id AND o.state = 'received'), ''),"
    " called = coalesce((SELECT replace(group_concat(DISTINCT called), ',', '\\') FROM object o WHERE"
    " o.study = study.id AND o.state = 'received' AND called <> ''), '');"
    "UPDATE study SET action = 'none' WHERE state <> 'receiving';"
    /* Of a job that listed every object of its studies nothing is late, whatever was left off; of the others,
     * what came after the last object on their discs. */
    "UPDATE job_study SET to_arrival = iif((SELECT objects FROM job WHERE id = job_study.job) = (SELECT"
    " sum(objects) FROM study WHERE id IN (SELECT study FROM job_study y WHERE y.job = job_study.job)),"
    " (SELECT arrivals FROM study WHERE id = job_study.study), coalesce((SELECT max(o.arrival) FROM"
    " volume w JOIN volume_object v ON v.volume = w.id JOIN object o ON o.number = v.number WHERE"
    " w.job = job_study.job AND o.study = job_study.study), 0));"
    "DROP INDEX object_study;"
    "CREATE INDEX object_study ON object(study, arrival) WHERE state = 'received';"
    "CREATE INDEX study_undecided ON study(id) WHERE state = 'complete' AND action = '';";

/* Version 5: what spoke of another patient, value beside value, and who decided what. Both are shown to who is
 * logged in and to nobody else; answer is '' until a person has decided. A result of '' is an order that was
 * being carried out when the appliance stopped. */
static const char version_5[] =
    "CREATE TABLE conflict("
    " number INTEGER NOT NULL REFERENCES object(number), field TEXT NOT NULL,"
    " study INTEGER NOT NULL REFERENCES study(id), locked TEXT NOT NULL, other TEXT NOT NULL,"
    " calling TEXT NOT NULL, at INTEGER NOT NULL, answer TEXT NOT NULL DEFAULT '',"
    " PRIMARY KEY(number, field)) WITHOUT ROWID;"
    "CREATE INDEX conflict_study ON conflict(study, number);"
    "CREATE TABLE audit("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, user TEXT NOT NULL,"
    " door TEXT NOT NULL, action TEXT NOT NULL, study INTEGER NOT NULL, job INTEGER NOT NULL,"
    " disc INTEGER NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL,"
    " result TEXT NOT NULL DEFAULT '');"
    "CREATE INDEX audit_study ON audit(study);"
    "CREATE INDEX audit_job ON audit(job);";

/* Version 6: retention. kept_from: when a person took it back, from which its age counts anew. */
static const char version_6[] =
    "ALTER TABLE study ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE study ADD COLUMN deleted_at INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE study ADD COLUMN kept_from INTEGER NOT NULL DEFAULT 0;";

/* Version 7: when a study was purged, and whether it is forgotten since (daemon/intake/history.h). */
static const char version_7[] =
    "ALTER TABLE study ADD COLUMN purged_at INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE study ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;"
    "UPDATE study SET purged_at = strftime('%s', 'now') WHERE state = 'purged';"
    "CREATE INDEX study_purged ON study(purged_at) WHERE state = 'purged' AND NOT forgotten;"
    "CREATE INDEX audit_visit ON audit(id) WHERE door = 'association';"
    "CREATE INDEX object_purged ON object(study_uid) WHERE state = 'purged';";

/* Version 8: why a disc failed, as a row of robot/faults.h, and how drives, lots of media and robots did
 * (daemon/jobs/health.h). Discs so far are counted for the place they were made in, until its drive has told its
 * serial. */
static const char version_8[] =
    "ALTER TABLE disc ADD COLUMN fault TEXT NOT NULL DEFAULT '';"
    "CREATE TABLE drive("
    " serial TEXT PRIMARY KEY, robot TEXT NOT NULL, place INTEGER NOT NULL,"
    " good INTEGER NOT NULL DEFAULT 0, bad INTEGER NOT NULL DEFAULT 0,"
    " bad_in_a_row INTEGER NOT NULL DEFAULT 0, out TEXT NOT NULL DEFAULT '',"
    " first_at INTEGER NOT NULL, last_at INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX drive_place ON drive(robot, place);"
    "CREATE TABLE lot("
    " code TEXT PRIMARY KEY, media TEXT NOT NULL, good INTEGER NOT NULL, bad INTEGER NOT NULL,"
    " first_at INTEGER NOT NULL, last_at INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE robot("
    " name TEXT PRIMARY KEY, rejected_in_a_row INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;"
    "INSERT INTO drive(serial, robot, place, good, bad, first_at, last_at)"
    " SELECT robot || ' drive ' || drive, robot, drive, sum(state = 'delivered'),"
    " sum(state = 'rejected'), min(reserved_at), max(changed_at) FROM disc WHERE drive > 0 AND"
    " state IN ('delivered', 'rejected') GROUP BY robot, drive;";

/* Version 9: what it cost to read the discs of a drive back, in sums (robot/reading.h). */
static const char version_9[] =
    "ALTER TABLE drive ADD COLUMN read_bytes INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE drive ADD COLUMN read_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE drive ADD COLUMN read_retries INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE drive ADD COLUMN read_slow INTEGER NOT NULL DEFAULT 0;";

/* Version 10: where a person said that a disc is while its robot's program was not running ("output", "drive 2");
 * "": nothing that the program does not know. */
static const char version_10[] = "ALTER TABLE disc ADD COLUMN placed TEXT NOT NULL DEFAULT '';"
                                 "CREATE INDEX disc_placed ON disc(robot) WHERE placed <> '';";

/* Version 11: which drive of the machine a person has put at a place of a robot. instead_of: what discwright.conf said of
 * that place then; a row counts as long as it still says so. */
static const char version_11[] =
    "CREATE TABLE bay("
    " robot TEXT NOT NULL, place INTEGER NOT NULL, address TEXT NOT NULL, instead_of TEXT NOT NULL,"
    " at INTEGER NOT NULL, PRIMARY KEY(robot, place)) WITHOUT ROWID;";

const char *const dw_schema_migrations[] = {version_1, version_2, version_3, version_4, version_5,
                                            version_6, version_7, version_8, version_9, version_10,
                                            version_11};
const size_t dw_schema_count = DW_ARRAY_LEN(dw_schema_migrations);
