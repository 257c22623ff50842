/* bench_robot [SEED [SEEDS]]: 200 mixed discs on a simulated robot of two and of four drives, in
 * virtual time, by the real scheduler and station; against the bound that the busiest of drives,
 * arm and printer sets, and against first come, first served. Several seeds and machines. Prints
 * JSON. docs/simulator.md defines every figure. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/text.h"
#include "robot_house.h"

#define DISCS 200
#define SEEDS_USUAL 2

/* --- what is ordered, and on what machine --- */

struct mix {
    const char *name;
    int cd, dvd, bd; /* percent of the discs */
    int sets;        /* percent of the jobs with more than one disc */
};
static const struct mix mixes[] = {{"even", 40, 40, 20, 0},
                                   {"desk", 70, 25, 5, 0},
                                   {"archive", 20, 50, 30, 0},
                                   {"sets", 40, 40, 20, 10}};

static struct house_times machine(int which)
{
    struct house_times times = house_usual_times;
    if (which == 1) { /* an older one: slow arm, slow printer, slow drives */
        times.arm_ms = 12000;
        times.tray_ms = 4000;
        times.print_ms = 60000;
        for (int i = 0; i < DW_MEDIA_COUNT; i++) {
            times.burn_kbps[i] = times.burn_kbps[i] * 6 / 10;
            times.read_kbps[i] = times.read_kbps[i] * 6 / 10;
        }
    } else if (which == 2) { /* thermal printer, quick arm, fast drives */
        times.arm_ms = 5000;
        times.tray_ms = 1500;
        times.print_ms = 12000;
        for (int i = 0; i < DW_MEDIA_COUNT; i++)
            times.burn_kbps[i] = times.burn_kbps[i] * 14 / 10;
    }
    return times;
}
#define MACHINES 3

static int64_t between(const struct dw_random *random, int64_t low, int64_t high)
{
    uint32_t n;
    dw_random_fill(random, &n, sizeof n);
    return low + (int64_t)(n % (uint64_t)(high - low + 1));
}

static void make_disc(const struct dw_random *random, const struct mix *mix, struct house_row *row)
{
    int64_t dice = between(random, 0, 99), mb;
    row->media = dice < mix->cd ? "cd" : dice < mix->cd + mix->dvd ? "dvd" : "bd";
    if (strcmp(row->media, "cd") == 0)
        mb = between(random, 40, 680);
    else if (strcmp(row->media, "dvd") == 0)
        mb = between(random, 700, 4400);
    else
        mb = between(random, 4500, 23000);
    row->blocks = (uint32_t)(mb * 1000000 / 2048);
}

static void order_all(struct house *h, const struct mix *mix, uint32_t seed)
{
    struct dw_random_fixed fixed = {.counter = 0};
    memcpy(fixed.seed, &seed, sizeof seed);
    struct dw_random random = dw_random_from_fixed(&fixed);
    for (int n = 0, job = 1; n < DISCS; job++) {
        struct house_row row = {
            .job = job,
            .of = between(&random, 0, 99) < mix->sets ? (int)between(&random, 2, 4) : 1};
        make_disc(&random, mix, &row);
        for (row.n = 1; row.n <= row.of && n < DISCS; row.n++, n++) {
            /* DISCS may cut the last set short */
            row.of = row.of > row.n + DISCS - n - 1 ? row.n + DISCS - n - 1 : row.of;
            house_order(h, &row);
        }
    }
}

/* --- no schedule can be shorter --- */

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t work_ms(const struct house *h, const struct house_row *row)
{
    return house_task_ms(&h->times, row->media, "burn", row->blocks) +
           house_task_ms(&h->times, row->media, "verify", row->blocks) +
           house_task_ms(&h->times, row->media, "check", row->blocks);
}

/* What drives, arm and printer need each for itself. A motion is one piece: while the arm fills or
 * empties a drive, neither does anything else. */
static int64_t bound_ms(const struct house *h)
{
    const struct house_times *t = &h->times;
    int64_t load = t->arm_ms + 2 * t->tray_ms, unload = load, deliver = t->arm_ms;
    int64_t n = h->rows, all = 0, longest = 0, shortest = INT64_MAX, tail = t->print_ms + deliver;
    for (int i = 0; i < h->rows; i++) {
        int64_t work = work_ms(h, &h->row[i]);
        all += work + load + unload;
        longest = larger(longest, work);
        shortest = work < shortest ? work : shortest;
    }
    /* The one arm fills drive k after k - 1 others. */
    int64_t drives = h->options.drives, late = load * drives * (drives - 1) / 2;
    int64_t by_drives = (all + late) / drives + tail;
    int64_t by_arm = n * (load + unload + deliver);
    int64_t by_printer = load + shortest + n * (unload + t->print_ms + deliver);
    return larger(larger(by_drives, load + longest + unload + tail), larger(by_arm, by_printer));
}

struct figures {
    double least, sum, over_fcfs, over_in_order;
    int runs;
};

static int64_t makespan_ms(struct house *h)
{
    int64_t start = house_now_us(h);
    house_boot(h);
    house_run(h, INT64_MAX);
    if (house_open_rows(h) > 0 || h->deliveries != DISCS || h->raised || !house_is_clean(h)) {
        fprintf(stderr, "bench_robot: the run did not end well: %d delivered, %d faults (%s)\n",
                h->deliveries, h->raised, h->faults ? h->fault[0].key : "");
        exit(1);
    }
    return (house_now_us(h) - start) / 1000;
}

static void run(int drives, int which, const struct mix *mix, uint32_t seed, struct figures *out)
{
    static struct house h;
    char options[256];
    struct house_times times = machine(which);
    snprintf(
        options, sizeof options,
        "{\"drives\": %d, \"bins\": \"cd,dvd,bd\", \"bin_capacity\": 200, \"initial_discs\": 200,"
        " \"output_capacity\": 200, \"ink_prints\": 5000}",
        drives);
    /* The scheduler; discs strictly in their order, as many open as there are drives; one after the
     * other. */
    const int windows[] = {0, drives, 1};
    int64_t took[DW_ARRAY_LEN(windows)], bound = 0;
    for (size_t i = 0; i < DW_ARRAY_LEN(windows); i++) {
        house_open(&h, &times, options);
        h.window = windows[i];
        order_all(&h, mix, seed);
        bound = bound_ms(&h);
        took[i] = makespan_ms(&h);
        house_close(&h);
    }
    double efficiency = (double)bound / (double)took[0];
    out->least = out->runs && out->least < efficiency ? out->least : efficiency;
    out->sum += efficiency;
    out->over_in_order += (double)took[1] / (double)took[0];
    out->over_fcfs += (double)took[2] / (double)took[0];
    out->runs++;
    fprintf(stderr,
            "%d drives, machine %d, %-8s seed %u: %6lld s, bound %6lld s, %.3f, in order %6lld s, "
            "one at a time %6lld s\n",
            drives, which, mix->name, seed, (long long)took[0] / 1000, (long long)bound / 1000,
            efficiency, (long long)took[1] / 1000, (long long)took[2] / 1000);
}

int main(int argc, char **argv)
{
    int64_t first = 1, seeds = SEEDS_USUAL;
    if (argc > 3 || (argc > 1 && !dw_text_int(argv[1], 0, INT32_MAX, &first)) ||
        (argc > 2 && !dw_text_int(argv[2], 1, 1000, &seeds))) {
        fputs("usage: bench_robot [SEED [SEEDS]]\n", stderr);
        return 2;
    }
    printf("{");
    for (int drives = 2; drives <= 4; drives += 2) {
        struct figures single = {0}, sets = {0};
        for (int which = 0; which < MACHINES; which++) {
            for (size_t m = 0; m < DW_ARRAY_LEN(mixes); m++) {
                for (uint32_t s = 0; s < (uint32_t)seeds; s++)
                    run(drives, which, &mixes[m], (uint32_t)first + s,
                        mixes[m].sets ? &sets : &single);
            }
        }
        printf("%s\"robot.sched%d.efficiency\": %.3f, \"robot.sched%d.efficiency_mean\": %.3f, "
               "\"robot.sched%d.sets_efficiency\": %.3f, \"robot.sched%d.over_fcfs\": %.2f, "
               "\"robot.sched%d.over_in_order\": %.3f",
               drives == 2 ? "" : ", ", drives, single.least, drives, single.sum / single.runs,
               drives, sets.least, drives, single.over_fcfs / single.runs, drives,
               single.over_in_order / single.runs);
    }
    printf("}\n");
    return 0;
}
