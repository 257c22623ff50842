/* A USB device: found by rules, claimed and given back, and what its failures are called. */
#include "robot/usb/usb.h"

#include <poll.h>

#include "fake_libusb.h"
#include "test.h"

static dw_usb_bus *bus_open(void)
{
    struct dw_error err = {0};
    dw_usb_bus *bus = NULL;
    CHECK_OK(dw_usb_bus_open(&bus, &err), err);
    return bus;
}

static struct dw_usb_match printer_of(const char *text)
{
    struct dw_error err = {0};
    struct dw_usb_match match = {.class = DW_USB_CLASS_PRINTER};
    CHECK_OK(dw_usb_match_read(text, &match, &err), err);
    return match;
}

struct house {
    dw_usb_bus *bus;
    struct fake_device *device;
    dw_usb *usb;
};

static void move_in(struct house *h, const struct libusb_config_descriptor *config, struct dw_usb_match match)
{
    struct dw_error err = {0};
    fake_bus = (struct fake_bus){.count = 0};
    h->device = fake_bus_add(0x0f25, 0x0012, 3, config);
    h->bus = bus_open();
    CHECK_OK(dw_usb_new(h->bus, &match, &h->usb, &err), err);
}

static void move_out(struct house *h)
{
    dw_usb_free(h->usb);
    dw_usb_bus_close(h->bus);
}

/* --- which device --- */

static void a_site_names_a_device_by_its_ids_its_port_or_what_it_calls_itself(void)
{
    struct dw_error err = {0};
    struct dw_usb_match match = {.vendor = 0x0f25};
    CHECK_OK(dw_usb_match_read("", &match, &err), err);
    CHECK_INT(match.vendor, 0x0f25);
    CHECK_OK(dw_usb_match_read("1723:0945", &match, &err), err);
    CHECK_INT(match.vendor, 0x1723);
    CHECK_INT(match.product, 0x0945);
    CHECK_OK(dw_usb_match_read("1-2.3.11", &match, &err), err);
    CHECK_STR(match.path, "1-2.3.11");
    CHECK_OK(dw_usb_match_read("1284:*MDL:Bravo*", &match, &err), err);
    CHECK_STR(match.id1284, "*MDL:Bravo*");
    static const char *const wrong[] = {"0f25", "0f25:001", "0f25:001g", "1-", "1-2.", "1-2..3", "-1", "usb1",
                                        "1284:", "/dev/usb/lp0", "1-2 "};
    for (size_t i = 0; i < DW_ARRAY_LEN(wrong); i++) {
        struct dw_usb_match kept = match;
        CHECK_INT(dw_usb_match_read(wrong[i], &match, &err), DW_ERR_INVALID);
        CHECK_HAS(err.text, wrong[i]);
        CHECK(memcmp(&kept, &match, sizeof match) == 0);
    }
}

static void the_only_device_that_fits_is_taken_and_no_other_one_touched(void)
{
    struct house h;
    struct dw_error err = {0};
    move_in(&h, &fake_printer, (struct dw_usb_match){.vendor = 0x0f25, .class = DW_USB_CLASS_PRINTER});
    struct fake_device *cash_drawer = fake_bus_add(0x0f25, 0x0500, 1, &fake_interrupt);
    struct fake_device *office = fake_bus_add(0x03f0, 0x0001, 4, &fake_printer);
    CHECK_OK(dw_usb_connect(h.usb, &err), err);
    CHECK_STR(dw_usb_device(h.usb)->path, "1-2.3");
    CHECK_STR(dw_usb_device(h.usb)->name, "Synthetic? 1");
    CHECK(h.device->claimed && !cash_drawer->open && !office->open);
    CHECK_INT(cash_drawer->detached + office->detached, 0);
    move_out(&h);
}

static void two_devices_that_fit_are_told_apart_by_the_site_and_not_by_us(void)
{
    struct house h;
    struct dw_error err = {0};
    move_in(&h, &fake_printer, printer_of(""));
    struct fake_device *other = fake_bus_add(0x0f25, 0x0012, 4, &fake_printer);
    CHECK_INT(dw_usb_connect(h.usb, &err), DW_ERR_CONFLICT);
    CHECK_HAS(err.text, "usb = 1-2.");
    CHECK(!dw_usb_device(h.usb));
    CHECK_INT(h.device->detached + other->detached, 0);
    struct dw_usb_match match = printer_of("1-2.4");
    dw_usb *by_port;
    CHECK_OK(dw_usb_new(h.bus, &match, &by_port, &err), err);
    CHECK_OK(dw_usb_connect(by_port, &err), err);
    CHECK(other->claimed && !h.device->claimed);
    dw_usb_free(by_port);
    move_out(&h);
}

static void what_a_device_calls_itself_decides_and_the_others_get_their_driver_back(void)
{
    struct house h;
    struct dw_error err = {0};
    move_in(&h, &fake_printer, printer_of("1284:*mdl:bravo*"));
    h.device->id1284 = "MFG:Office;MDL:Laser;";
    struct fake_device *robot = fake_bus_add(0x1234, 0x0001, 4, &fake_printer);
    robot->id1284 = "MFG:Synthetic;CMD:X;MDL:Bravo 9;";
    CHECK_OK(dw_usb_connect(h.usb, &err), err);
    CHECK(robot->claimed && !h.device->claimed && h.device->usblp);
    CHECK_INT(h.device->given_back, 1);
    move_out(&h);
}

static void why_nothing_was_opened_is_one_sentence(void)
{
    struct house h;
    struct dw_error err = {0};
    move_in(&h, &fake_printer, printer_of("0f25:0012"));
    h.device->denied = true;
    CHECK_INT(dw_usb_connect(h.usb, &err), DW_ERR_DENIED);
    CHECK_HAS(err.text, "0f25:0012 at 1-2.3");
    h.device->denied = false;
    h.device->busy = true;
    CHECK_INT(dw_usb_connect(h.usb, &err), DW_ERR_BUSY);
    CHECK(!h.device->open);
    h.device->plugged = false;
    CHECK_INT(dw_usb_connect(h.usb, &err), DW_ERR_GONE);
    CHECK_HAS(err.text, "switched off or unplugged");
    h.device->plugged = true;
    h.device->busy = false;
    h.device->config = NULL; /* not configured */
    CHECK_INT(dw_usb_connect(h.usb, &err), DW_ERR_GONE);
    move_out(&h);
}

static void a_machine_without_usb_says_so(void)
{
    struct dw_error err = {0};
    dw_usb_bus *bus = NULL;
    fake_bus = (struct fake_bus){.no_usb = true};
    CHECK_INT(dw_usb_bus_open(&bus, &err), DW_ERR_UNSUPPORTED);
    CHECK(!bus);
}

static void the_list_names_every_device_and_claims_none(void)
{
    struct house h;
    struct dw_error err = {0};
    struct dw_usb_device *devices = NULL;
    size_t count = 0;
    move_in(&h, &fake_printer, printer_of(""));
    struct fake_device *secret = fake_bus_add(0x03f0, 0x0001, 4, &fake_interrupt);
    secret->denied = true;
    CHECK_OK(dw_usb_bus_list(h.bus, &devices, &count, &err), err);
    CHECK_INT(count, 2);
    CHECK_INT(devices[0].interfaces, 2);
    CHECK_STR(devices[0].serial, "Synthetic? 1");
    CHECK_STR(devices[1].serial, "");
    CHECK_INT(h.device->detached, 0);
    CHECK(!h.device->open);
    free(devices);
    move_out(&h);
}

/* --- which pipes --- */

static void the_descriptors_decide_through_which_pipes_a_frame_goes(void)
{
    static const struct {
        const struct libusb_config_descriptor *config;
        int class, interface, alternate, out, in;
        bool bulk;
    } rows[] = {{&fake_printer, 7, 1, 0, 0x02, 0x81, true},
                {&fake_printer_oneway, 7, 0, 0, 0x05, 0, true},
                {&fake_interrupt, 0, 0, 0, 0x04, 0x83, false},
                {&fake_alternates, 7, 0, 2, 0x02, 0x81, true}};
    for (size_t i = 0; i < DW_ARRAY_LEN(rows); i++) {
        struct house h;
        struct dw_error err = {0};
        move_in(&h, rows[i].config, (struct dw_usb_match){.class = rows[i].class});
        CHECK_OK(dw_usb_connect(h.usb, &err), err);
        const struct dw_usb_pipes *pipes = dw_usb_pipes(h.usb);
        CHECK_INT(pipes->interface->number, rows[i].interface);
        CHECK_INT(pipes->out.address, rows[i].out);
        CHECK_INT(pipes->in.address, rows[i].in);
        CHECK_INT(h.device->alternate, rows[i].alternate);
        CHECK_OK(dw_usb_send(h.usb, "frame", 5, 700, &err), err);
        CHECK_INT(h.device->frame[0].endpoint, rows[i].out);
        CHECK_INT(h.device->frame[0].bulk, rows[i].bulk);
        move_out(&h);
    }
}

static void a_device_without_a_pipe_for_answers_says_so_at_once(void)
{
    struct house h;
    struct dw_error err = {0};
    char reply[8];
    size_t got;
    move_in(&h, &fake_printer_oneway, printer_of(""));
    CHECK_OK(dw_usb_connect(h.usb, &err), err);
    CHECK_INT(dw_usb_receive(h.usb, reply, sizeof reply, &got, 100, &err), DW_ERR_UNSUPPORTED);
    move_out(&h);
}

/* --- transfers --- */

static void a_frame_is_one_transfer_with_a_limit_in_time(void)
{
    struct house h;
    struct dw_error err = {0};
    static const unsigned char frame[] = {0x1b, 4, 0x8d, 0, 0, 0, 0, 0xac};
    char reply[16];
    size_t got = 0;
    move_in(&h, &fake_printer, printer_of(""));
    CHECK_OK(dw_usb_connect(h.usb, &err), err);
    dw_link *link = dw_usb_link(h.usb);
    CHECK_OK(link->exchange(link->ctx, frame, sizeof frame, NULL, 0, &got, 900, &err), err);
    CHECK_INT(h.device->frames, 1);
    CHECK_INT(h.device->frame[0].size, 8);
    CHECK_INT(h.device->frame[0].timeout_ms, 900);
    CHECK(memcmp(h.device->frame[0].data, frame, sizeof frame) == 0);
    h.device->answer = "OK";
    h.device->answer_size = 2;
    CHECK_OK(link->exchange(link->ctx, NULL, 0, reply, sizeof reply, &got, 900, &err), err);
    CHECK_INT(h.device->frames, 1);
    CHECK_INT(got, 2);
    h.device->answer_size = 0;
    CHECK_OK(dw_usb_receive(h.usb, reply, sizeof reply, &got, 0, &err), err);
    CHECK_INT(got, 0);
    CHECK_OK(dw_usb_send(h.usb, frame, sizeof frame, 0, &err), err);
    CHECK(h.device->frame[1].timeout_ms > 0); /* 0 would be for ever */
    move_out(&h);
}

static void a_stall_is_cleared_and_nothing_is_sent_again(void)
{
    struct house h;
    struct dw_error err = {0};
    move_in(&h, &fake_printer, printer_of(""));
    CHECK_OK(dw_usb_connect(h.usb, &err), err);
    h.device->next_rc = LIBUSB_ERROR_PIPE;
    CHECK_INT(dw_usb_send(h.usb, "frame", 5, 100, &err), DW_ERR_IO);
    CHECK_HAS(err.text, "stall");
    CHECK_INT(h.device->frames, 1);
    CHECK_OK(dw_usb_send(h.usb, "again", 5, 100, &err), err);
    move_out(&h);
}

static void what_a_device_does_not_take_in_time_or_in_full_is_a_failure_with_numbers(void)
{
    struct house h;
    struct dw_error err = {0};
    char reply[4];
    size_t got = 99;
    move_in(&h, &fake_printer, printer_of(""));
    CHECK_OK(dw_usb_connect(h.usb, &err), err);
    h.device->next_rc = LIBUSB_ERROR_TIMEOUT;
    CHECK_INT(dw_usb_send(h.usb, "12345678", 8, 250, &err), DW_ERR_TIMEOUT);
    CHECK_STR(err.text, "the device took 0 of 8 bytes within 250 ms");
    h.device->next_done = 3;
    CHECK_INT(dw_usb_send(h.usb, "12345678", 8, 250, &err), DW_ERR_IO);
    CHECK_STR(err.text, "the device took 3 of 8 bytes");
    h.device->next_rc = LIBUSB_ERROR_TIMEOUT;
    CHECK_INT(dw_usb_receive(h.usb, reply, sizeof reply, &got, 250, &err), DW_ERR_TIMEOUT);
    h.device->answer = "much too long";
    h.device->answer_size = 13;
    CHECK_INT(dw_usb_receive(h.usb, reply, sizeof reply, &got, 250, &err), DW_ERR_CORRUPT);
    h.device->next_rc = LIBUSB_ERROR_OVERFLOW;
    CHECK_INT(dw_usb_receive(h.usb, reply, sizeof reply, &got, 250, &err), DW_ERR_CORRUPT);
    CHECK_INT(got, 99);
    move_out(&h);
}

/* --- coming and going --- */

static void an_unplugged_device_is_gone_until_it_is_plugged_in_again(void)
{
    struct house h;
    struct dw_error err = {0};
    move_in(&h, &fake_printer, printer_of(""));
    CHECK_OK(dw_usb_connect(h.usb, &err), err);
    h.device->plugged = false;
    CHECK_INT(dw_usb_send(h.usb, "frame", 5, 100, &err), DW_ERR_GONE);
    CHECK(!dw_usb_device(h.usb) && !h.device->open);
    CHECK_INT(dw_usb_send(h.usb, "frame", 5, 100, &err), DW_ERR_GONE);
    CHECK_INT(dw_usb_connect(h.usb, &err), DW_ERR_GONE);
    h.device->plugged = true;
    CHECK_OK(dw_usb_connect(h.usb, &err), err);
    CHECK_OK(dw_usb_send(h.usb, "frame", 5, 100, &err), err);
    move_out(&h);
}

static void the_kernels_driver_has_its_printer_back_afterwards(void)
{
    struct house h;
    struct dw_error err = {0};
    move_in(&h, &fake_printer, printer_of(""));
    CHECK_OK(dw_usb_connect(h.usb, &err), err);
    CHECK_OK(dw_usb_connect(h.usb, &err), err);
    CHECK_INT(h.device->detached, 1);
    CHECK(!h.device->usblp);
    move_out(&h);
    CHECK_INT(h.device->given_back, 1);
    CHECK(h.device->usblp && !h.device->open);
}

static void a_reset_device_is_connected_again_whatever_it_is_called_then(void)
{
    struct house h;
    struct dw_error err = {0};
    move_in(&h, &fake_printer, printer_of(""));
    CHECK_INT(dw_usb_reset(h.usb, 100, &err), DW_ERR_GONE);
    CHECK_OK(dw_usb_connect(h.usb, &err), err);
    CHECK_OK(dw_usb_reset(h.usb, 100, &err), err);
    h.device->reset_renames = true;
    CHECK_OK(dw_usb_reset(h.usb, 100, &err), err);
    CHECK_INT(h.device->resets, 2);
    CHECK(dw_usb_device(h.usb) && h.device->claimed);
    h.device->plugged = false;
    CHECK_INT(dw_usb_reset(h.usb, 1, &err), DW_ERR_GONE);
    move_out(&h);
}

static void who_comes_and_goes_is_heard_where_the_machine_tells(void)
{
    struct house h;
    move_in(&h, &fake_printer, printer_of(""));
    struct pollfd fd = {.fd = dw_usb_bus_fd(h.bus), .events = POLLIN};
    CHECK_INT(poll(&fd, 1, 0), 0);
    fake_bus_tell();
    CHECK_INT(poll(&fd, 1, 20000), 1);
    CHECK(dw_usb_bus_heard(h.bus));
    CHECK(!dw_usb_bus_heard(h.bus));
    CHECK_INT(poll(&fd, 1, 0), 0);
    move_out(&h);
    fake_bus = (struct fake_bus){.no_hotplug = true};
    dw_usb_bus *bus = bus_open();
    CHECK_INT(dw_usb_bus_fd(bus), -1);
    dw_usb_bus_close(bus);
}

/* --- the printer class --- */

static void a_printer_tells_its_id_and_status_and_nothing_else_is_asked(void)
{
    struct house h;
    struct dw_error err = {0};
    char id[DW_USB_ID1284_MAX], value[32];
    uint8_t status = 0;
    move_in(&h, &fake_printer, printer_of(""));
    CHECK_INT(dw_usb_device_id(h.usb, id, &err), DW_ERR_GONE);
    CHECK_OK(dw_usb_connect(h.usb, &err), err);
    CHECK_INT(dw_usb_device_id(h.usb, id, &err), DW_ERR_IO);
    h.device->id1284 = "MANUFACTURER:Synthetic;MDL:Bravo\t9;COMMAND SET:;SN:1";
    h.device->port_status = DW_USB_PORT_SELECTED | DW_USB_PORT_NO_ERROR;
    CHECK_OK(dw_usb_device_id(h.usb, id, &err), err);
    CHECK_STR(id, "MANUFACTURER:Synthetic;MDL:Bravo?9;COMMAND SET:;SN:1");
    static const int wrong[] = {52, 0xffff, 1}; /* itself not counted; nonsense */
    for (size_t i = 0; i < DW_ARRAY_LEN(wrong); i++) {
        h.device->id1284_length = wrong[i];
        CHECK_OK(dw_usb_device_id(h.usb, id, &err), err);
        CHECK_STR(id, "MANUFACTURER:Synthetic;MDL:Bravo?9;COMMAND SET:;SN:1");
    }
    h.device->id1284_length = 25; /* and rubbish behind it */
    CHECK_OK(dw_usb_device_id(h.usb, id, &err), err);
    CHECK_STR(id, "MANUFACTURER:Synthetic;");
    CHECK_OK(dw_usb_port_status(h.usb, &status, &err), err);
    CHECK_INT(status, 0x18);
    h.device->id1284_length = 0;
    CHECK_OK(dw_usb_device_id(h.usb, id, &err), err);
    dw_usb_id1284_value(id, "MFG", value, sizeof value);
    CHECK_STR(value, "Synthetic");
    dw_usb_id1284_value(id, "CMD", value, sizeof value);
    CHECK_STR(value, "");
    dw_usb_id1284_value(id, "SN", value, sizeof value);
    CHECK_STR(value, "1");
    dw_usb_id1284_value(id, "CLS", value, sizeof value);
    CHECK_STR(value, "");
    CHECK_INT(h.device->frames, 0);
    move_out(&h);
    move_in(&h, &fake_interrupt, (struct dw_usb_match){.vendor = 0x0f25});
    CHECK_OK(dw_usb_connect(h.usb, &err), err);
    CHECK_INT(dw_usb_device_id(h.usb, id, &err), DW_ERR_UNSUPPORTED);
    CHECK_INT(dw_usb_port_status(h.usb, &status, &err), DW_ERR_UNSUPPORTED);
    move_out(&h);
}

TESTS(TEST(a_site_names_a_device_by_its_ids_its_port_or_what_it_calls_itself),
      TEST(the_only_device_that_fits_is_taken_and_no_other_one_touched),
      TEST(two_devices_that_fit_are_told_apart_by_the_site_and_not_by_us),
      TEST(what_a_device_calls_itself_decides_and_the_others_get_their_driver_back),
      TEST(why_nothing_was_opened_is_one_sentence), TEST(a_machine_without_usb_says_so),
      TEST(the_list_names_every_device_and_claims_none),
      TEST(the_descriptors_decide_through_which_pipes_a_frame_goes),
      TEST(a_device_without_a_pipe_for_answers_says_so_at_once), TEST(a_frame_is_one_transfer_with_a_limit_in_time),
      TEST(a_stall_is_cleared_and_nothing_is_sent_again),
      TEST(what_a_device_does_not_take_in_time_or_in_full_is_a_failure_with_numbers),
      TEST(an_unplugged_device_is_gone_until_it_is_plugged_in_again),
      TEST(the_kernels_driver_has_its_printer_back_afterwards),
      TEST(a_reset_device_is_connected_again_whatever_it_is_called_then),
      TEST(who_comes_and_goes_is_heard_where_the_machine_tells),
      TEST(a_printer_tells_its_id_and_status_and_nothing_else_is_asked))
