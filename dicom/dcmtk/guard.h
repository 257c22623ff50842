/** For the .cc files of this room only: no exception and no DCMTK log line leaves it. */
#ifndef DW_DICOM_DCMTK_GUARD_H
#define DW_DICOM_DCMTK_GUARD_H
#include <dcmtk/config/osconfig.h>
#include <dcmtk/oflog/oflog.h>
#include "base/error.h"

/** DCMTK logs attribute values and AE titles at will; ours are the only lines (STYLE: patient data). */
static inline void dw_dcmtk_quiet()
{
    static bool done = false;
    if (!done)
        OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    done = true;
}

template <class F> static dw_status guarded(dw_error *err, F body) noexcept
try {
    dw_dcmtk_quiet();
    return body();
} catch (...) { /* std::bad_alloc above all: no exception may cross into C */
    return dw_error_set(err, DW_ERR_INTERNAL, "unexpected C++ exception, or out of memory");
}

#endif
