#include "robot/interlock.h"

void dw_interlock_init(struct dw_interlock *interlock, bool sees)
{
    *interlock = (struct dw_interlock){.sees = sees};
    pthread_mutex_init(&interlock->lock, NULL);
}

void dw_interlock_done(struct dw_interlock *interlock)
{
    pthread_mutex_destroy(&interlock->lock);
}

bool dw_interlock_arm_begin(struct dw_interlock *interlock)
{
    pthread_mutex_lock(&interlock->lock);
    bool free = interlock->sees || interlock->trays == 0;
    if (free)
        interlock->arm = true;
    pthread_mutex_unlock(&interlock->lock);
    return free;
}

void dw_interlock_arm_rests(struct dw_interlock *interlock, bool known)
{
    pthread_mutex_lock(&interlock->lock);
    interlock->arm = !known;
    pthread_mutex_unlock(&interlock->lock);
}

bool dw_interlock_tray_begin(struct dw_interlock *interlock, int drive)
{
    pthread_mutex_lock(&interlock->lock);
    bool free = interlock->sees || !interlock->arm;
    if (free)
        interlock->trays |= 1u << (drive - 1);
    pthread_mutex_unlock(&interlock->lock);
    return free;
}

void dw_interlock_tray_rests(struct dw_interlock *interlock, int drive)
{
    pthread_mutex_lock(&interlock->lock);
    interlock->trays &= ~(1u << (drive - 1));
    pthread_mutex_unlock(&interlock->lock);
}
