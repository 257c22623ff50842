#include "robot/capture/packets.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

/* Files only: no interface is ever opened. */
struct dw_packets {
    pcap_t *pcap;
    enum dw_packets_kind kind;
};

static const struct {
    int link_type;
    enum dw_packets_kind kind;
} kinds[] = {{DLT_USBPCAP, DW_PACKETS_USBPCAP},
             {DLT_USB_LINUX, DW_PACKETS_USBMON},
             {DLT_USB_LINUX_MMAPPED, DW_PACKETS_USBMON_LONG}};

/* libpcap quotes numbers and its own words only, never the file's. */
static void tell(const char *said, struct dw_error *err)
{
    dw_error_write(err, DW_ERR_CORRUPT, "not a whole capture file: %.150s", said);
}

static dw_status find_kind(dw_packets *packets, struct dw_error *err)
{
    int link_type = pcap_datalink(packets->pcap);
    for (size_t i = 0; i < DW_ARRAY_LEN(kinds); i++) {
        if (kinds[i].link_type == link_type) {
            packets->kind = kinds[i].kind;
            return DW_OK;
        }
    }
    return dw_error_set(err, DW_ERR_UNSUPPORTED,
                        "the file was captured on an interface of link type %d, not by USBPcap (249) or usbmon (189, 220)",
                        link_type);
}

dw_status dw_packets_open(FILE *file, dw_packets **out, struct dw_error *err)
{
    char said[PCAP_ERRBUF_SIZE] = "";
    dw_packets *packets = calloc(1, sizeof *packets);
    if (!packets) {
        (void)fclose(file); /* read only */
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    }
    packets->pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, said);
    if (!packets->pcap) { /* then the file is still ours */
        (void)fclose(file);
        tell(said, err);
        free(packets);
        return DW_ERR_CORRUPT;
    }
    dw_status st = find_kind(packets, err);
    if (st == DW_OK)
        *out = packets;
    else
        dw_packets_close(packets);
    return st;
}

void dw_packets_close(dw_packets *packets)
{
    if (!packets)
        return;
    if (packets->pcap)
        pcap_close(packets->pcap);
    free(packets);
}

enum dw_packets_kind dw_packets_kind(const dw_packets *packets)
{
    return packets->kind;
}

dw_status dw_packets_next(dw_packets *packets, struct dw_packet *out, struct dw_error *err)
{
    struct pcap_pkthdr *head = NULL;
    const u_char *data = NULL;
    int got = pcap_next_ex(packets->pcap, &head, &data);
    if (got == PCAP_ERROR_BREAK)
        return dw_error_set(err, DW_ERR_NOT_FOUND, "that was the last packet");
    if (got != 1) {
        tell(pcap_geterr(packets->pcap), err);
        return DW_ERR_CORRUPT;
    }
    /* In a file of nanoseconds the field of microseconds holds those. A time that cannot be is no reason to stop. */
    int64_t seconds = head->ts.tv_sec, ns = head->ts.tv_usec;
    if (seconds < 0 || seconds > (int64_t)UINT32_MAX || ns < 0 || ns >= 1000000000)
        seconds = ns = 0;
    *out = (struct dw_packet){.time_ns = seconds * 1000000000 + ns, .data = data, .size = head->caplen};
    return DW_OK;
}
