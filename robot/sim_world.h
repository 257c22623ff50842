/** Where every disc of the simulated robot physically is. Saved after each thing that happens, so
 * that a killed process finds the discs where they were, like plastic. For robot/sim_*.c alone. */
#ifndef DW_ROBOT_SIM_WORLD_H
#define DW_ROBOT_SIM_WORLD_H
#include "base/file.h"
#include "robot/mover.h"
#include "robot/options.h"
#include "robot/sim_plan.h"

struct dw_sim_disc {
    int64_t serial; /**< 0: no disc */
    int64_t row;    /**< of the daemon's disc row; 0: none yet */
    char media[8];
    bool printed;
};
struct dw_sim_pile {
    struct dw_sim_disc disc[DW_BIN_DISCS_MAX];
    int count, capacity;
};
struct dw_sim_world {
    int64_t next_serial;
    int drives, bins;
    struct dw_bin_sensed bin[DW_ROBOT_BINS_MAX];
    struct dw_sim_disc arm, second; /**< second: the other one of a double pick */
    struct dw_sim_disc floor;       /**< dropped */
    struct dw_sim_disc drive[DW_ROBOT_DRIVES_MAX], in_printer;
    struct dw_sim_pile output, reject;
    enum dw_printer_state printer;
    int64_t ink_left; /**< labels */
    const struct dw_fault *trouble; /**< what the machine complains of; NULL: nothing */
    int trouble_left;               /**< so often yet: then somebody has closed the cover */
    struct dw_sim_plan plan;
};

/** A machine just unpacked: full bins, nothing else. DW_ERR_INVALID: options.bins is no list of
 * media. */
DW_MUST_CHECK dw_status dw_sim_world_new(struct dw_sim_world *world,
                                         const struct dw_robot_options *options,
                                         struct dw_error *err);
DW_MUST_CHECK dw_status dw_sim_world_save(const struct dw_sim_world *world, const char *path,
                                          const struct dw_disk *disk, struct dw_error *err);
/** Over a world from dw_sim_world_new(): geometry stays, discs come from the file.
 * DW_ERR_NOT_FOUND: there is none. DW_ERR_CONFLICT: a drive that no longer exists holds a disc. */
DW_MUST_CHECK dw_status dw_sim_world_load(struct dw_sim_world *world, const char *path,
                                          struct dw_error *err);
/** Bytes a blank of this medium holds; 0: no such medium. */
uint64_t dw_sim_media_bytes(const char *media);

#endif
