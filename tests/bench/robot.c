/* bench_robot DRIVES [SEED [SEEDS]]: 200 mixed discs on a simulated robot of so many drives, in virtual
 * time, by the real scheduler and station; against the bound that the busiest of drives, arm and printer
 * sets, and against first come, first served. Several seeds and machines. Prints JSON.
 * docs/simulator.md defines every figure. */
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

/* window: as many open discs as that are given to the robot; 0: all, and its scheduler chooses. */
static int64_t run_once(int drives, int which, const struct mix *mix, uint32_t seed, int window, int64_t *out_bound)
{
    static struct house h;
    char options[256];
    struct house_times times = machine(which);
    snprintf(
        options, sizeof options,
        "{\"drives\": %d, \"bins\": \"cd,dvd,bd\", \"bin_capacity\": 200, \"initial_discs\": 200,"
        " \"output_capacity\": 200, \"ink_prints\": 5000}",
        drives);
    house_open(&h, &times, options);
    h.window = window;
    order_all(&h, mix, seed);
    *out_bound = bound_ms(&h);
    int64_t took = makespan_ms(&h);
    house_close(&h);
    return took;
}

/* The scheduler; discs strictly in their order, as many open as there are drives; one after the other. */
static void run(int drives, int which, const struct mix *mix, uint32_t seed, struct figures *out)
{
    int64_t bound;
    int64_t took = run_once(drives, which, mix, seed, 0, &bound);
    int64_t in_order = run_once(drives, which, mix, seed, drives, &bound);
    int64_t alone = run_once(drives, which, mix, seed, 1, &bound);
    double efficiency = (double)bound / (double)took;
    out->least = out->runs && out->least < efficiency ? out->least : efficiency;
    out->sum += efficiency;
    out->over_in_order += (double)in_order / (double)took;
    out->over_fcfs += (double)alone / (double)took;
    out->runs++;
    fprintf(stderr,
            "%d drives, machine %d, %-8s seed %u: %6lld s, bound %6lld s, %.3f, in order %6lld s, "
            "one at a time %6lld s\n",
            drives, which, mix->name, seed, (long long)took / 1000, (long long)bound / 1000,
            efficiency, (long long)in_order / 1000, (long long)alone / 1000);
}

static void say(int drives, const char *name, double value)
{
    printf(", \"robot.sched%d.%s\": %.3f", drives, name, value);
}

int main(int argc, char **argv)
{
    int64_t drives, first = 1, seeds = SEEDS_USUAL;
    struct figures single = {0}, sets = {0};
    if (argc < 2 || argc > 4 || !dw_text_int(argv[1], 1, DW_ROBOT_DRIVES_MAX, &drives) ||
        (argc > 2 && !dw_text_int(argv[2], 0, INT32_MAX, &first)) ||
        (argc > 3 && !dw_text_int(argv[3], 1, 1000, &seeds))) {
        fputs("usage: bench_robot DRIVES [SEED [SEEDS]]\n", stderr);
        return 2;
    }
    for (int which = 0; which < MACHINES; which++) {
        for (size_t m = 0; m < DW_ARRAY_LEN(mixes); m++) {
            for (uint32_t s = 0; s < (uint32_t)seeds; s++)
                run((int)drives, which, &mixes[m], (uint32_t)first + s, mixes[m].sets ? &sets : &single);
        }
    }
    printf("{\"robot.sched%d.efficiency\": %.3f", (int)drives, single.least);
    say((int)drives, "efficiency_mean", single.sum / single.runs);
    say((int)drives, "sets_efficiency", sets.least);
    say((int)drives, "over_fcfs", single.over_fcfs / single.runs);
    say((int)drives, "over_in_order", single.over_in_order / single.runs);
    say((int)drives, "sets_over_fcfs", sets.over_fcfs / sets.runs);
    say((int)drives, "sets_over_in_order", sets.over_in_order / sets.runs);
    printf("}\n");
    return 0;
}
