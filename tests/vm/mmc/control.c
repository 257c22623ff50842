/* The hand and the misfortune: one line from the guest's script, one answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mmc.h"

static void insert(struct drive *drive, const char *name)
{
    const struct kind *kind = kind_find(name);
    if (!kind) {
        drive->has_disc = false;
        disc_save(drive);
    } else {
        disc_new(drive, kind);
    }
    drive->tray_open = false;
    memset(drive->fault, 0, sizeof drive->fault);
    drive->slow_us = 0;
    drive->numbered = false;
    medium_changed(drive);
}

/* "write|read BLOCK KEY ASC ASCQ TIMES", hexadecimal but block and times */
static bool inject(struct drive *drive, char *words)
{
    unsigned long number[5];
    char *end = strchr(words, ' ');
    bool is_write = strncmp(words, "write", 5) == 0;
    for (size_t i = 0; end && i < 5; i++) {
        char *from = end;
        number[i] = strtoul(from, &end, i == 0 || i == 4 ? 10 : 16);
        if (end == from)
            return false;
    }
    for (size_t i = 0; end && i < FAULTS_MAX; i++) {
        if (drive->fault[i].times)
            continue;
        drive->fault[i] = (struct fault){
            .is_write = is_write, .lba = (uint32_t)number[0], .times = (uint32_t)number[4],
            .key = (uint8_t)number[1], .asc = (uint8_t)number[2], .ascq = (uint8_t)number[3]};
        return true;
    }
    return false;
}

/* One block, behind the drive's back. */
static bool erase(struct drive *drive, uint32_t lba)
{
    static const uint8_t zeros[BLOCK];
    return pwrite(drive->store, zeros, BLOCK, STORE_AT + (off_t)lba * BLOCK) == BLOCK;
}

static void tell(const struct drive *drive, char *out, size_t size)
{
    static const char *const states[] = {"blank", "open", "appendable", "final"};
    const struct disc *disc = &drive->disc;
    snprintf(out, size,
             "disc='%s' state=%s written=%u reserved=%u capacity=%u at_once=%u formatted=%u bufe=%u "
             "multi=%u speed=%u tray=%s locked=%d loads=%llu reads=%llu writes=%llu commands=%llu",
             drive->has_disc ? drive->kind->name : "", states[disc->state], disc->written,
             disc->reserved, disc->capacity, disc->session_at_once, disc->formatted, disc->bufe,
             disc->multi, disc->speed_kbps, drive->tray_open ? "open" : "closed", drive->locked,
             (unsigned long long)drive->loads, (unsigned long long)drive->reads,
             (unsigned long long)drive->writes, (unsigned long long)drive->commands);
}

void drive_control(struct drive *drive, char *line, char *out, size_t size)
{
    bool known = true;
    char *rest = strchr(line, ' ');
    rest = rest ? rest + 1 : line + strlen(line);
    snprintf(out, size, "ok");
    if (strncmp(line, "insert ", 7) == 0)
        insert(drive, rest);
    else if (strncmp(line, "capacity ", 9) == 0)
        drive->disc.capacity = (uint32_t)strtoul(rest, NULL, 10);
    else if (strncmp(line, "spoil", 5) == 0)
        drive->disc.state = FINAL, drive->disc.written = 1000;
    else if (strcmp(line, "numbered") == 0)
        drive->disc.state = FINAL, drive->disc.written = drive->disc.capacity, drive->numbered = true;
    else if (strncmp(line, "formatted", 9) == 0)
        drive->disc.formatted = 1;
    else if (strncmp(line, "erase ", 6) == 0)
        known = erase(drive, (uint32_t)strtoul(rest, NULL, 10));
    else if (strncmp(line, "fault ", 6) == 0)
        known = inject(drive, rest);
    else if (strncmp(line, "slow ", 5) == 0)
        drive->slow_us = (uint32_t)strtoul(rest, NULL, 10);
    else if (strncmp(line, "hand-loaded ", 12) == 0)
        drive->hand_loaded = strcmp(rest, "yes") == 0;
    else if (strncmp(line, "jammed ", 7) == 0)
        drive->jammed = strcmp(rest, "yes") == 0;
    else if (strcmp(line, "push-tray") == 0)
        known = !drive->tray_open || tray_in(drive);
    else if (strcmp(line, "state") == 0)
        tell(drive, out, size);
    else
        known = false;
    if (!known)
        snprintf(out, size, "no such command: %s", line);
}
