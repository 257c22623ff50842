#include <string.h>

#include "robot/manual.h"
#include "robot/mover.h"
#include "robot/sim.h"
#include "robot/usb/nimbie.h"
#include "robot/usb/primera.h"

/* Every driver of the house; robot.driver in discwright.conf names one. */
static const struct dw_mover_driver *const drivers[] = {&dw_sim_driver, &dw_manual_driver, &dw_nimbie_driver,
                                                        &dw_primera_driver};

const struct dw_mover_driver *dw_mover_driver_at(size_t i)
{
    return i < DW_ARRAY_LEN(drivers) ? drivers[i] : NULL;
}

const struct dw_mover_driver *dw_mover_driver_find(const char *name)
{
    for (size_t i = 0; name && i < DW_ARRAY_LEN(drivers); i++) {
        if (strcmp(drivers[i]->name, name) == 0)
            return drivers[i];
    }
    return NULL;
}
