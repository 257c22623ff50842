#include "dicom/uid.h"
#include <string.h>

#define LE DW_ENC_EXPLICIT_LE
#define T(suffix) "1.2.840.10008.1.2." suffix

/* PS3.5 10 and PS3.6 A, the retired ones too: files with them exist and must be named.
 * Columns: UID, name, encoding, encapsulated, lossy, video, decodable; refused. */
static const struct dw_transfer_syntax syntaxes[] = {
    {DW_TS_IMPLICIT_LE, "Implicit VR Little Endian", DW_ENC_IMPLICIT_LE, 0, 0, 0, 1, 0},
    {DW_TS_EXPLICIT_LE, "Explicit VR Little Endian", LE, 0, 0, 0, 1, 0},
    {T("1.98"), "Encapsulated Uncompressed Explicit VR Little Endian", LE, 1, 0, 0, 0, 0},
    {DW_TS_DEFLATED, "Deflated Explicit VR Little Endian", DW_ENC_DEFLATED, 0, 0, 0, 1, 0},
    {DW_TS_EXPLICIT_BE, "Explicit VR Big Endian (Retired)", DW_ENC_EXPLICIT_BE, 0, 0, 0, 1, 0},
    {T("4.50"), "JPEG Baseline (Process 1)", LE, 1, 1, 0, 1, 0},
    {T("4.51"), "JPEG Extended (Process 2 & 4)", LE, 1, 1, 0, 1, 0},
    {T("4.52"), "JPEG Extended (Process 3 & 5) (Retired)", LE, 1, 1, 0, 0, 0},
    {T("4.53"), "JPEG Spectral Selection, Non-Hierarchical (Process 6 & 8) (Retired)", LE, 1, 1, 0,
     1, 0},
    {T("4.54"), "JPEG Spectral Selection, Non-Hierarchical (Process 7 & 9) (Retired)", LE, 1, 1, 0,
     0, 0},
    {T("4.55"), "JPEG Full Progression, Non-Hierarchical (Process 10 & 12) (Retired)", LE, 1, 1, 0,
     1, 0},
    {T("4.56"), "JPEG Full Progression, Non-Hierarchical (Process 11 & 13) (Retired)", LE, 1, 1, 0,
     0, 0},
    {T("4.57"), "JPEG Lossless, Non-Hierarchical (Process 14)", LE, 1, 0, 0, 1, 0},
    {T("4.58"), "JPEG Lossless, Non-Hierarchical (Process 15) (Retired)", LE, 1, 0, 0, 0, 0},
    {T("4.59"), "JPEG Extended, Hierarchical (Process 16 & 18) (Retired)", LE, 1, 1, 0, 0, 0},
    {T("4.60"), "JPEG Extended, Hierarchical (Process 17 & 19) (Retired)", LE, 1, 1, 0, 0, 0},
    {T("4.61"), "JPEG Spectral Selection, Hierarchical (Process 20 & 22) (Retired)", LE, 1, 1, 0, 0,
     0},
    {T("4.62"), "JPEG Spectral Selection, Hierarchical (Process 21 & 23) (Retired)", LE, 1, 1, 0, 0,
     0},
    {T("4.63"), "JPEG Full Progression, Hierarchical (Process 24 & 26) (Retired)", LE, 1, 1, 0, 0,
     0},
    {T("4.64"), "JPEG Full Progression, Hierarchical (Process 25 & 27) (Retired)", LE, 1, 1, 0, 0,
     0},
    {T("4.65"), "JPEG Lossless, Hierarchical (Process 28) (Retired)", LE, 1, 0, 0, 0, 0},
    {T("4.66"), "JPEG Lossless, Hierarchical (Process 29) (Retired)", LE, 1, 0, 0, 0, 0},
    {T("4.70"),
     "JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14 [Selection Value 1])", LE,
     1, 0, 0, 1, 0},
    {T("4.80"), "JPEG-LS Lossless Image Compression", LE, 1, 0, 0, 1, 0},
    {T("4.81"), "JPEG-LS Lossy (Near-Lossless) Image Compression", LE, 1, 1, 0, 1, 0},
    {T("4.90"), "JPEG 2000 Image Compression (Lossless Only)", LE, 1, 0, 0, 1, 0},
    {T("4.91"), "JPEG 2000 Image Compression", LE, 1, 1, 0, 1, 0},
    {T("4.92"), "JPEG 2000 Part 2 Multi-component Image Compression (Lossless Only)", LE, 1, 0, 0,
     0, 0},
    {T("4.93"), "JPEG 2000 Part 2 Multi-component Image Compression", LE, 1, 1, 0, 0, 0},
    {T("4.94"), "JPIP Referenced", LE, 0, 1, 0, 0, 1},
    {T("4.95"), "JPIP Referenced Deflate", DW_ENC_DEFLATED, 0, 1, 0, 0, 1},
    {T("4.100"), "MPEG2 Main Profile / Main Level", LE, 1, 1, 1, 0, 0},
    {T("4.100.1"), "Fragmentable MPEG2 Main Profile / Main Level", LE, 1, 1, 1, 0, 0},
    {T("4.101"), "MPEG2 Main Profile / High Level", LE, 1, 1, 1, 0, 0},
    {T("4.101.1"), "Fragmentable MPEG2 Main Profile / High Level", LE, 1, 1, 1, 0, 0},
    {T("4.102"), "MPEG-4 AVC/H.264 High Profile / Level 4.1", LE, 1, 1, 1, 0, 0},
    {T("4.102.1"), "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1", LE, 1, 1, 1, 0, 0},
    {T("4.103"), "MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1", LE, 1, 1, 1, 0, 0},
    {T("4.103.1"), "Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1", LE, 1, 1,
     1, 0, 0},
    {T("4.104"), "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video", LE, 1, 1, 1, 0, 0},
    {T("4.104.1"), "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video", LE, 1, 1,
     1, 0, 0},
    {T("4.105"), "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video", LE, 1, 1, 1, 0, 0},
    {T("4.105.1"), "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video", LE, 1, 1,
     1, 0, 0},
    {T("4.106"), "MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2", LE, 1, 1, 1, 0, 0},
    {T("4.106.1"), "Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2", LE, 1, 1, 1, 0,
     0},
    {T("4.107"), "HEVC/H.265 Main Profile / Level 5.1", LE, 1, 1, 1, 0, 0},
    {T("4.108"), "HEVC/H.265 Main 10 Profile / Level 5.1", LE, 1, 1, 1, 0, 0},
    {T("4.110"), "JPEG XL Lossless", LE, 1, 0, 0, 0, 0},
    {T("4.111"), "JPEG XL JPEG Recompression", LE, 1, 1, 0, 0, 0},
    {T("4.112"), "JPEG XL", LE, 1, 1, 0, 0, 0},
    {T("4.201"), "High-Throughput JPEG 2000 Image Compression (Lossless Only)", LE, 1, 0, 0, 1, 0},
    {T("4.202"), "High-Throughput JPEG 2000 with RPCL Options Image Compression (Lossless Only)",
     LE, 1, 0, 0, 1, 0},
    {T("4.203"), "High-Throughput JPEG 2000 Image Compression", LE, 1, 1, 0, 1, 0},
    {T("4.204"), "JPIP HTJ2K Referenced", LE, 0, 1, 0, 0, 1},
    {T("4.205"), "JPIP HTJ2K Referenced Deflate", DW_ENC_DEFLATED, 0, 1, 0, 0, 1},
    {T("5"), "RLE Lossless", LE, 1, 0, 0, 1, 0},
    {T("6.1"), "RFC 2557 MIME encapsulation (Retired)", LE, 1, 0, 0, 0, 1},
    {T("6.2"), "XML Encoding (Retired)", LE, 1, 0, 0, 0, 1},
    {T("7.1"), "SMPTE ST 2110-20 Uncompressed Progressive Active Video", LE, 0, 0, 1, 0, 1},
    {T("7.2"), "SMPTE ST 2110-20 Uncompressed Interlaced Active Video", LE, 0, 0, 1, 0, 1},
    {T("7.3"), "SMPTE ST 2110-30 PCM Digital Audio", LE, 0, 0, 1, 0, 1},
    {T("8.1"), "Deflated Image Frame Compression", LE, 1, 0, 0, 1, 0},
    {"1.2.840.10008.1.20", "Papyrus 3 Implicit VR Little Endian (Retired)", DW_ENC_IMPLICIT_LE, 0,
     0, 0, 0, 1},
};

const struct dw_transfer_syntax *dw_transfer_syntax_table(size_t *out_count)
{
    *out_count = sizeof syntaxes / sizeof syntaxes[0];
    return syntaxes;
}

const struct dw_transfer_syntax *dw_transfer_syntax_find(const char *uid)
{
    for (size_t i = 0; uid && i < sizeof syntaxes / sizeof syntaxes[0]; i++)
        if (strcmp(uid, syntaxes[i].uid) == 0)
            return &syntaxes[i];
    return NULL;
}

bool dw_uid_is_valid(const char *uid)
{
    size_t length = uid ? strlen(uid) : 0, component = 0;
    if (length == 0 || length > 64)
        return false;
    for (size_t i = 0; i <= length; i++) {
        if (uid[i] == '.' || uid[i] == '\0') {
            if (component == 0 || (component > 1 && uid[i - component] == '0'))
                return false;
            component = 0;
        } else if (uid[i] >= '0' && uid[i] <= '9') {
            component++;
        } else {
            return false;
        }
    }
    return true;
}
