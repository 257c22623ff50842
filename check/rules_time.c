/* Dates that exist and contradict each other: within a volume, of what lies in it, and of the studies that it
 * must have been made after. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "check/bytes.h"
#include "check/rules.h"

#define DAY_S (24 * 3600) /* clocks that stand in another time zone, and say nothing of it */
#define ZONE_S (15 * 60)
#define UDF_PVD_DATE 376
#define UDF_LVID_DATE 16
#define UDF_FSD_DATE 16
#define PVD_DATES 813
#define PVD_DATE_BYTES 17

static int64_t seconds(int year, int month, int day, int hour, int minute, int second)
{
    struct tm tm = {.tm_year = year - 1900,
                    .tm_mon = month - 1,
                    .tm_mday = day,
                    .tm_hour = hour,
                    .tm_min = minute,
                    .tm_sec = second};
    return (int64_t)timegm(&tm);
}

bool dw_judge_is_day(unsigned year, unsigned month, unsigned day)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] + (leap && month == 2 ? 1u : 0u);
}

bool dw_judge_is_short_date(const uint8_t date[7])
{
    int zone = (int8_t)date[6];
    return dw_judge_is_zero(date, 7) ||
           (dw_judge_is_day(1900u + date[0], date[1], date[2]) && date[3] <= 23 && date[4] <= 59 &&
            date[5] <= 59 && zone >= -48 && zone <= 52);
}

static bool digits(const uint8_t *p, unsigned count, int *out)
{
    *out = 0;
    for (unsigned i = 0; i < count; i++) {
        if (p[i] < '0' || p[i] > '9')
            return false;
        *out = 10 * *out + (p[i] - '0');
    }
    return true;
}

/* ECMA-119 8.4.26.1; what does not exist is ISO-DATE's. */
static int64_t long_date(const uint8_t *p)
{
    int year, month, day, hour, minute, second;
    if (!digits(p, 4, &year) || !digits(p + 4, 2, &month) || !digits(p + 6, 2, &day) ||
        !digits(p + 8, 2, &hour) || !digits(p + 10, 2, &minute) || !digits(p + 12, 2, &second) ||
        month < 1 || month > 12 || day < 1 || day > 31)
        return DW_JUDGE_NO_TIME;
    return seconds(year, month, day, hour, minute, second) - (int64_t)ZONE_S * (int8_t)p[16];
}

static void take_latest(struct dw_judge *judge, int64_t time_s)
{
    if (time_s > judge->latest_s) /* no time is the earliest */
        judge->latest_s = time_s;
}

void dw_rules_time_volume(struct dw_judge *judge, const uint8_t *pvd)
{
    static const struct {
        unsigned later, earlier;
        const char *sentence;
    } orders[] = {{1, 0, "it was modified before it was created"},
                  {2, 0, "it expires before it was created"},
                  {2, 3, "it expires before it is effective"}};
    int64_t dates[4];
    for (unsigned i = 0; i < DW_ARRAY_LEN(dates); i++)
        dates[i] = long_date(pvd + PVD_DATES + PVD_DATE_BYTES * (size_t)i);
    for (size_t i = 0; i < DW_ARRAY_LEN(orders); i++)
        if (dates[orders[i].later] != DW_JUDGE_NO_TIME && dates[orders[i].later] < dates[orders[i].earlier])
            dw_findings_add(judge->found, DW_DATE_ORDER, "block 16", "%s", orders[i].sentence);
    take_latest(judge, dates[0]);
    take_latest(judge, dates[1]);
}

static int64_t udf_date(struct dw_judge *judge, uint32_t lba, size_t at)
{
    uint8_t d[DW_BLOCK_SIZE];
    char place[DW_FINDING_PLACE_MAX];
    bool ok;
    if (lba == DW_UDFVOL_NONE || !dw_judge_block(judge, lba, d))
        return DW_JUDGE_NO_TIME;
    int64_t date = dw_udfvol_time(d + at, &ok);
    (void)snprintf(place, sizeof place, "block %u", lba);
    if (!ok)
        dw_findings_add(judge->found, DW_UDF_DATE, place, NULL);
    return date == DW_UDFVOL_NO_TIME ? DW_JUDGE_NO_TIME : date;
}

void dw_rules_time_udf(struct dw_judge *judge, const struct dw_udfvol_info *info)
{
    char place[DW_FINDING_PLACE_MAX];
    int64_t made = udf_date(judge, info->pvd, UDF_PVD_DATE);
    int64_t closed = udf_date(judge, info->integrity_lba, UDF_LVID_DATE);
    (void)udf_date(judge, info->fsd, UDF_FSD_DATE);
    if (made != DW_JUDGE_NO_TIME && closed != DW_JUDGE_NO_TIME && closed < made) {
        (void)snprintf(place, sizeof place, "block %u", info->integrity_lba);
        dw_findings_add(judge->found, DW_DATE_ORDER, place, "it was closed before it was created");
    }
    take_latest(judge, made);
    take_latest(judge, closed);
}

void dw_rules_time_of_entry(struct dw_judge *judge, const char *place, unsigned record, int64_t time_s)
{
    if (time_s == DW_JUDGE_NO_TIME || judge->latest_s == DW_JUDGE_NO_TIME ||
        time_s <= judge->latest_s + DAY_S)
        return;
    char detail[DW_FINDING_DETAIL_MAX] = "";
    if (record != 0)
        (void)snprintf(detail, sizeof detail, "record %u of the folder", record);
    dw_findings_add(judge->found, DW_DATE_LATE, place, "%s", detail);
}

/* ECMA-119 9.1.5; the caller knows that it exists. */
void dw_rules_time_of_record(struct dw_judge *judge, const char *place, unsigned record, const uint8_t date[7])
{
    dw_rules_time_of_entry(judge, place, record,
                           seconds(1900 + date[0], date[1], date[2], date[3], date[4], date[5]) -
                               (int64_t)ZONE_S * (int8_t)date[6]);
}

void dw_rules_time_of_file(struct dw_judge *judge, const struct dw_check_file *file)
{
    const uint8_t *date = (const uint8_t *)file->header->study_date;
    int year, month, day;
    if (judge->latest_s == DW_JUDGE_NO_TIME || strlen(file->header->study_date) != 8 ||
        !digits(date, 4, &year) || !digits(date + 4, 2, &month) || !digits(date + 6, 2, &day) ||
        seconds(year, month, day, 0, 0, 0) <= judge->latest_s + DAY_S)
        return;
    dw_findings_add(judge->found, DW_FILE_STUDY_DATE, file->entry.path, NULL);
}
