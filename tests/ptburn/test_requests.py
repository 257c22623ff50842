#!/usr/bin/python3
"""Requests the emulated service refuses, each with the number the manual gives it, and what it reports of them."""
import house
from house import SHARE, House, equal, iso


# One wrong request for every number that a request can be wrong by.
WRONG = [
    (4, {"ImageFile": SHARE + "\\D0001\\none.iso"}), (4, {"ImageFile": SHARE + "\\D0001\\label.jpg"}),
    (4, {"ImageFile": "/srv/ptburn/disc.iso"}), (4, {"ImageFile": "disc.iso"}),
    (4, {"ImageFile": "\\\\OTHER\\PTBurnJobs\\D0001\\disc.iso"}), (4, {"ImageFile": "\\\\SRV/PTBurnJobs/D0001/disc.iso"}),
    (4, {"ImageFile": SHARE + "\\D0001\\..\\D0001\\disc.iso"}), (4, {"ImageFile": SHARE + "\\" + "x" * 260 + ".iso"}),
    (6, {"ImageFile": None, "PrintLabel": None}), (7, {"PrintLabel": SHARE + "\\D0001\\label.png"}),
    (7, {"PrintLabel": SHARE + "\\D0001\\disc.bmp"}), (7, {"PrintLabel": SHARE + "\\D0001\\other.prn"}),
    (24, {"ReadDataTo": SHARE + "\\in"}), (25, {"JobID": "x" * 33}), (25, {"JobID": "Z\xfcrich"}), (25, {"ClientID": "x" * 33}),
    (25, {"Importance": "401"}), (25, {"Copies": "0"}), (25, {"Copies": "10001"}), (25, {"VerifyDisc": "yes"}),
    (25, {"BurnSpeed": "101"}), (25, {"ImageType": "MODE_1"}), (25, {"ImageType": None}), (25, {"BinID": "3"}),
    (25, {"PrintQuality": "5"}), (25, {"PrintInnerDiam": "149"}), (25, {"PrintOuterMargin": "21"}),
    (25, {"RobotName": "disc publisher 4100"}), (25, {"DriveID": "2"}), (25, {"DiscType": "BDR"}),
    (25, {"NotifyClient": "Mail"}), (25, {"JobTitle": "Study"}), (25, {"jobid": "D1"}), (25, {"MergeField": "name"}),
    (25, {"DataImageType": "HFS"}), (28, {"PrintLabel": SHARE + "\\D0001\\label.std"}),
    (29, {"PrintLabel": SHARE + "\\D0001\\none.jpg"}), (29, {"PrintLabel": "/srv/label.jpg"}),
    (33, {"VolumeName": "x" * 33}), (33, {"PVDPublisherID": "x" * 129}), (34, {"PVDPublisherID": "Test Hospital"}),
    (39, {"MergeField": "x" * 261}), (27, {"CDTextDiscTitle": "x" * 101}), (27, {"CDTextDiscTitle": "Title"}),
]


def test_wrong_requests_end_with_their_documented_number():
    for number, values in WRONG:
        with House() as h:
            h.put("D0001/disc.bmp", iso())
            h.put("D0001/other.prn", b"PRN 6\n")
            h.put("D0001/label.std", b"std")
            h.image_job(**values)
            end = h.run()
            assert (end["error"], h.extension(), len(h.discs())) == (number, ".ERR", 0), f"{values}: {end}, not {number}"
            equal(h.status()["D0001"]["JobErrorNumber"], str(number))
            equal(h.status()["D0001"]["CurrentStatusState"], "15")


def test_what_is_not_documented_is_reported():
    for values, kind in (({"jobid": "D1"}, "undocumented-key"), ({"ImageFile": "/srv/disc.iso"}, "path"),
                         ({"CloseDisc": None}, "advice"), ({"VerifyDisc": "NO"}, "advice")):
        with House() as h:
            h.image_job(**values)
            h.run()
            assert kind in h.findings(), f"{values}: {h.findings()}"


def test_more_than_99_entries_are_error_5():
    with House() as h:
        h.put("d/one", b"1")
        h.job("D0001", *[f"Data = {SHARE}\\d\\one"] * 100)
        equal(h.run()["error"], 5)


def test_text_that_is_no_request_is_error_8():
    for data, kind in ((b"JobID = a\nCopies = 1\n", "line-end"), (b"", None), (b"JobID\r\n", None),
                       ("\ufeffJobID = a\r\n".encode("utf-16-le"), "encoding")):
        with House() as h:
            h.write("D0001.JRQ", data)
            equal(h.run()["error"], 8)
            assert kind is None or kind in h.findings(), f"{data}: {h.findings()}"


def test_a_request_that_is_still_open_is_error_8():
    with House() as h:
        with open(h.share / "D0001.JRQ", "wb") as half:
            half.write(b"JobID = D0001\r\n")
            half.flush()
            equal(h.run()["error"], 8)
        assert {"half-written", "not-atomic"} <= h.findings(), h.findings()


def test_a_request_that_is_written_to_later_is_reported():
    with House() as h:
        h.image_job()
        h.service.advance(5)
        with open(h.share / "D0001.INP", "ab") as late:
            late.write(b"Copies = 2\r\n")
        equal(h.run()["error"], 0)
        assert "half-written" in h.findings(), h.findings()


def test_a_wrong_image_type_ruins_the_disc():
    with House() as h:
        h.image_job(ImageType="MODE_2_2352")
        equal((h.run()["error"], len(h.discs(good=False))), (20, 3))
        equal(h.status()["D0001"]["DiscErrorNumber0"], "18")


if __name__ == "__main__":
    house.run_tests(globals())
