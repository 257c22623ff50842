#!/usr/bin/python3
"""The emulated PTBurn service does what the manual says: life cycle, keys, errors, messages, status files."""
import json
import house
import paths
from house import SHARE, House, bmp, equal, iso, jpeg


def test_an_image_becomes_a_verified_labelled_disc():
    with House() as h:
        h.image_job()
        end = h.run()
        equal((end["error"], end["good"], h.extension()), (0, 1, ".DON"))
        disc, = h.discs()
        equal((disc["good"], disc["verified"], disc["closed"], disc["place"]), (True, True, True, "left"))
        folder = h.out / "0001"
        equal((folder / "disc.iso").read_bytes(), iso())
        equal((folder / "label.jpg").read_bytes(), jpeg())
        equal(json.loads((folder / "disc.json").read_text())["job"], "D0001")
        equal([e["extension"] for e in h.events("job.file")], [".QRJ", ".INP", ".DON"])
        equal(h.findings(), set())
        job = h.status()["D0001"]
        equal((job["CurrentStatusState"], job["JobState"], job["GoodDiscs"], job["JobErrorNumber"]), ("10", "2", "1", "0"))
        equal(h.status()["CompletedJobs"], {"Job0": "D0001"})


def test_every_copy_is_a_disc():
    with House() as h:
        h.image_job(Copies="5")
        equal(h.run()["good"], 5)
        equal(len(h.discs(good=True)), 5)
        equal(len(h.service.robots[0].machine.bins["left"]), 5)


def test_the_sheets_examples_are_taken():
    with House() as h:
        h.service.server.roots.update({("d:",): h.dir / "d"})
        for name in ("export/a17/one", "tools/readme.txt", "m/one.wav", "m/two.mp3"):
            (h.dir / "d" / name).parent.mkdir(parents=True, exist_ok=True)
            (h.dir / "d" / name).write_bytes(b"RIFF data")
        h.put("d8/tree/IMG", b"1")
        h.put("p1/label.bmp", bmp())
        read = {"blank": False, "content": str(h.dir / "d" / "export")}
        examples = [
            ["Data = D:\\export\\a17"],
            [f"Data = {SHARE}\\d8\\tree", "Data = D:\\tools\\readme.txt>\\INFO\\README.TXT",
             "DataImageType = ISOLEVEL1, SAO, SETNOW", "VolumeName = STUDY_8", "CloseDisc = YES", "VerifyDisc = YES",
             "DeleteFiles = YES"],
            ["Data = D:\\export\\a17", "DataImageType = UDF", "PreMasterData = YES", "DiscType = DVDR"],
            ["AudioFile = D:\\m\\one.wav", "AudioFile = D:\\m\\two.mp3, Pregap75", "BurnSpeed = 16", "CloseDisc = YES"],
            ["ClientID = viewer-3", f"PrintLabel = {SHARE}\\p1\\label.bmp", "Copies = 10"],
            [f"ReadDataTo = {SHARE}\\in", "ReadDataFormat = ReadData", "CreateSubFolders = YES", "Copies = 4"],
            [f"ReadDataTo = {SHARE}\\in\\img", "ReadDataFormat = ReadGI", "Copies = 4"],
        ]
        for number, lines in enumerate(examples):
            if number >= 5:
                h.service.robots[0].machine.fill("right", 4, **read)
            h.job(f"E{number}", *lines)
            end = h.run(f"E{number}")
            equal((number, end["error"]), (number, 0))
        root = h.service.share.root()
        assert not (root / "d8").exists() and (h.dir / "d/tools/readme.txt").exists(), "DeleteFiles took the wrong things"
        equal((h.out / "0002" / "tree" / "INFO" / "README.TXT").read_bytes(), b"RIFF data")
        equal(sorted(p.name for p in (root / "in").iterdir()),
              ["Disc_0", "Disc_1", "Disc_2", "Disc_3", "img_0.gi", "img_1.gi", "img_2.gi", "img_3.gi"])


def test_media_that_do_not_fit_are_rejected():
    for kind, number in (({"blank": False}, 12), ({"bad": True}, 10), ({"medium": "cd"}, 11)):
        with House() as h:
            h.service.robots[0].machine.fill("right", 1, **kind)
            h.image_job()
            if number == 11:
                with open(h.share / "D0001/disc.iso", "r+b") as image:
                    image.truncate(800 << 20)
            equal((h.run()["bad"], h.status()["D0001"]["DiscErrorNumber0"]), (1, str(number)))


def test_an_empty_bin_waits_for_discs():
    with House(robots=[{"name": "Disc Publisher 4100", "type": 8, "right": 0}]) as h:
        h.image_job()
        h.service.advance(60)
        equal(h.status()["System"]["SysErrorNumber"], "3")
        h.service.robots[0].machine.fill("right", 5)
        h.service.robots[0].fixed("operator")
        equal(h.run()["error"], 0)
        equal(h.status("SystemStatus.txt")["Disc Publisher 4100"]["DiscsInRightBin"], "4")


def test_an_abort_needs_the_clients_name():
    with House() as h:
        h.image_job()
        h.service.advance(30)
        h.message("D0001", Message="ABORT", ClientID="somebody")
        h.service.advance(12)
        equal((len(h.events("message.refused")), h.extension()), (1, ".INP"))
        h.message("D0001", Message="ABORT", ClientID="viewer-3")
        equal((h.run()["error"], h.extension()), (16, ".ERR"))
        equal((h.status()["D0001"]["CurrentStatusState"], len(h.discs(good=False))), ("13", 1))
        assert not (h.share / "D0001.PTM").exists(), "the message was not deleted"
        equal(h.findings(), set())
        h.message("D0001", Message="ABORT", ClientID="viewer-3")
        h.service.advance(30)
        assert (h.share / "D0001.PTM").exists() and "late-abort" in h.findings(), "a late abort vanished"


def test_messages_that_cannot_be_processed_end_their_job_with_error_23():
    with House() as h:
        h.image_job()
        h.service.advance(30)
        h.message("D0001", Message="STOP", ClientID="viewer-3")
        equal(h.run()["error"], 23)


def test_held_discs_wait_for_their_messages():
    for words, wanted in ((["PROCESS_DISC", "UNLOAD_DISC"], (1, 0)), (["REJECT_DISC", "PROCESS_DISC", "UNLOAD_DISC"], (1, 1)),
                          (["PROCESS_DISC", "REJECT_DISC", "PROCESS_DISC", "UNLOAD_DISC"], (1, 1)), (["UNLOAD_DISC"], (1, 0))):
        with House() as h:
            h.image_job(LoadUnloadOverride="YES", DriveID="0")
            for word in words:
                h.until(lambda: h.service.jobs and h.service.jobs[0].holds.get(0) in (1, 3)
                        and 0 not in h.service.jobs[0].answers)
                h.service.advance(3)
                assert h.status()["D0001"]["LoadDiscState0"] in ("1", "3"), h.status()["D0001"]
                h.message("D0001", Message=word, DiscID="0")
                h.service.advance(12)
            end = h.run()
            equal((words, end["good"], end["bad"]), (words, *wanted))


def test_shutdowns_finish_or_drop_the_work():
    with House() as h:
        h.image_job()
        h.service.advance(30)
        h.message("any", Message="SHUTDOWN_AFTERJOB", ClientID="Administrator")
        h.image_job("D0002", Importance="400")
        h.until(lambda: h.service.stopped)
        equal((h.extension(), h.extension("D0002")), (".DON", ".QRJ"))
    with House() as h:
        h.image_job()
        h.service.advance(30)
        h.message("any", Message="SHUTDOWN_IMMEDIATE", ClientID="Administrator")
        h.until(lambda: h.service.stopped)
        equal((h.extension(), len(h.service.robots[0].machine.held), len(h.discs())), (".INP", 1, 0))


def test_alignment_ends_with_31_or_0():
    with House(robots=[{"name": "Disc Publisher SE", "type": 6}]) as h:
        h.service.robots[0].trouble(22)
        h.service.align_fails = 1
        for number in (31, 0):
            h.message("any", Message="ALIGN_PRINTER", ClientID="Administrator", RobotName="Disc Publisher SE")
            h.service.advance(12)
            equal(h.service.robots[0].error, number)


def test_kiosk_mode_takes_both_bins_and_delivers_in_front():
    with House(robots=[{"name": "Disc Publisher 4100", "type": 8, "left": 1, "right": 1}]) as h:
        h.message("any", Message="CHANGE_KIOSK_MODE", Value="1", ClientID="Administrator", RobotName="Disc Publisher 4100")
        h.service.advance(12)
        equal(h.status("SystemStatus.txt")["Disc Publisher 4100"]["KioskModeEnabled"], "1")
        h.image_job(Copies="2")
        h.run()
        equal([d["place"] for d in h.discs()], ["slide", "slide"])
    with House(robots=[{"name": "Disc Publisher SE", "type": 6}]) as h:
        h.message("any", Message="CHANGE_KIOSK_MODE", Value="1", ClientID="Administrator")
        h.service.advance(12)
        assert h.events("message.refused") and not h.service.robots[0].kiosk(), "kiosk mode on an SE"


def test_bins_are_chosen_by_number():
    for wish, source, place in (("0", "right", "left"), ("1", "left", "slide"), ("2", "right", "slide")):
        with House(robots=[{"name": "Disc Publisher 4100", "type": 8, "left": 5, "right": 5}]) as h:
            h.image_job(BinID=wish)
            h.run()
            equal(h.discs()[0]["place"], place)
            equal(len(h.service.robots[0].machine.bins[source]), 4)


def test_other_messages_are_obeyed_and_programs_are_never_run():
    with House(robots=[{"name": "A", "type": 8}, {"name": "B", "type": 6}]) as h:
        h.service.uncounted["B"] = ["right"]
        h.service.advance(3)
        equal(h.status("B.txt")["System"]["DiscsInRightBin"], "-1")
        h.message("a", Message="CHECK_DISCSINBIN", ClientID="Administrator", RobotName="B")
        h.message("b", Message="CREATE_REPORT")
        h.message("c", Message="RUN_UTILITY", PathFrom="c:\\x.exe")
        h.message("d", Message="USB_DISCONNECT", RobotName="A")
        h.message("e", Message="CLEAN_CARTRIDGES", RobotName="B")
        h.put("t/label.std", b"std")
        h.message("f", Message="GENERATE_PREVIEW", PathFrom=SHARE + "\\t\\label.std", PathTo=SHARE + "\\t\\label.jpg")
        h.service.advance(14)
        equal(h.status("B.txt")["System"]["DiscsInRightBin"], "25")
        equal(h.status("SystemStatus.txt")["RobotList"], {"Robot0": "B"})
        assert (h.share / "t/label.jpg").exists() and list((h.share / "Reports").iterdir()), "a file is missing"
        assert "run-utility" in h.findings(), "RUN_UTILITY was not reported"
        equal(list(h.share.glob("*.PTM")), [])


def test_urgent_jobs_come_first_and_a_started_one_is_not_interrupted():
    with House(robots=[{"name": "Disc Publisher SE", "type": 6, "drives": 1}]) as h:
        h.image_job("D0001")
        h.service.advance(20)
        h.image_job("D0002", Importance="300")
        h.image_job("D0003", Importance="0")
        h.run("D0002")
        equal([e["job"] for e in h.events("job.end")], ["D0001", "D0003", "D0002"])
    with House(robots=[{"name": "Disc Publisher SE", "type": 6, "drives": 1}], ini="LowPriority_Time = 1\n") as h:
        h.image_job("D0001", Copies="2")
        h.service.advance(20)
        h.image_job("D0002", Importance="300")
        h.service.advance(70)
        h.image_job("D0003", Importance="0")
        h.run("D0003")
        equal([e["job"] for e in h.events("job.end")], ["D0001", "D0002", "D0003"])


def test_results_disappear_after_their_time():
    with House(ini="Status_Time = 1\n") as h:
        h.image_job()
        h.run()
        h.service.advance(64)
        assert not list(h.share.glob("D0001.*")) and "D0001" not in h.status(), "the result stayed"


def test_delete_files_takes_the_whole_first_level_folder_at_every_end():
    for number in (None, 4, 16):
        with House() as h:
            if number:
                h.service.orders.inject("job", number, "record")
            h.put("D0001/other/file", b"1")
            h.put("keep/file", b"1")
            h.image_job(DeleteFiles="YES")
            left = h.run()["left"]
            equal([name for name in left if "/" in name], ["keep/file"])


def test_a_source_that_vanishes_spoils_the_disc():
    with House() as h:
        h.image_job()
        h.until(lambda: h.events("step", step="record"))
        (h.share / "D0001/disc.iso").unlink()
        equal((h.run()["error"], len(h.discs(good=False))), (4, 1))


def test_an_image_that_changes_is_a_verify_error():
    with House() as h:
        h.image_job()
        h.until(lambda: h.events("step", step="verify"))
        (h.share / "D0001/disc.iso").write_bytes(iso(byte=b"y"))
        h.run()
        equal(h.status()["D0001"]["DiscErrorNumber0"], "19")


def test_jobs_in_process_start_again_with_the_service():
    with House() as h:
        h.image_job()
        h.until(lambda: h.events("step", step="record"))
        ticks = h.service.ticks()
        h.restart()
        assert h.service.ticks() >= ticks - 2, "the server's clock went back"
        equal((h.run()["error"], len(h.discs(good=True)), len(h.discs(good=False))), (0, 1, 1))


def test_jobs_can_be_killed_with_the_service():
    for action, ends in (("Kill", {"D0001": ".ERR", "D0002": ".QRJ", "D0003": ".JRQ"}),
                         ("KillAllIncludingJRQ", {"D0001": ".ERR", "D0002": ".ERR", "D0003": ".ERR"})):
        with House(robots=[{"name": "SE", "type": 6, "drives": 1}], ini=f"JobActionOnStartup = {action}\n") as h:
            h.image_job("D0001")
            h.image_job("D0002")
            h.until(lambda: h.events("step", step="record"))
            h.image_job("D0003")
            h.restart()
            equal({name: h.extension(name) for name in ends}, ends)
            equal(h.status("SE.txt")["D0001"]["JobErrorNumber"], "16")


def test_a_robot_in_trouble_gives_its_jobs_away():
    with House(robots=[{"name": "A", "type": 8}, {"name": "B", "type": 8}], ini="AutoSwitchRobot = TRUE\n") as h:
        h.image_job(RobotName="A")
        h.service.advance(1)
        h.service.robots[0].trouble(1)
        equal((h.run()["error"], h.discs()[0]["robot"]), (0, "B"))
        old = h.status("A.txt")["D0001"]
        equal((old["JobState"], old["CurrentStatusState"]), ("4", "18"))


def test_a_disc_of_a_job_that_went_elsewhere_comes_out_when_the_robot_is_fixed():
    with House(robots=[{"name": "A", "type": 8}, {"name": "B", "type": 8}], ini="AutoSwitchRobot = TRUE\n") as h:
        h.image_job(RobotName="A")
        h.until(lambda: h.events("step", step="record"))
        h.service.robots[0].trouble(9)
        equal((h.run()["good"], [d["robot"] for d in h.discs()]), (1, ["B"]))
        h.service.robots[0].fixed("operator")
        h.service.advance(20)
        equal([(d["robot"], d["good"]) for d in h.discs()], [("B", True), ("A", False)])


def test_two_robots_share_the_work():
    with House(robots=[{"name": "A", "type": 8}, {"name": "B", "type": 6}]) as h:
        h.image_job("D0001")
        h.image_job("D0002")
        h.run("D0001"), h.run("D0002")
        equal({d["robot"] for d in h.discs()}, {"A", "B"})


def test_ticks_count_seconds_and_stand_still_when_the_service_hangs():
    with House() as h:
        h.service.advance(10)
        first = int(h.status("SystemStatus.txt")["System"]["ServerTickCount"])
        h.service.advance(10)
        equal(int(h.status("SystemStatus.txt")["System"]["ServerTickCount"]) - first, 10)
        h.service.dead = True
        h.service.advance(10)
        equal(int(h.status("SystemStatus.txt")["System"]["ServerTickCount"]) - first, 10)


def test_status_is_written_as_often_as_is_set():
    with House(ini="StatusFrequency = 5000\n") as h:
        h.service.advance(6)
        ticks = {h.service.advance(1) or h.status("SystemStatus.txt")["System"]["ServerTickCount"] for _ in range(20)}
        assert 3 <= len(ticks) <= 5, ticks


def test_four_tanks_are_told_as_five():
    with House() as h:
        robot = h.status("SystemStatus.txt")["Disc Publisher 4100"]
        equal([robot[f"CartridgeType{n}"] for n in range(5)], ["2", "1", "3", "4", "5"])
        equal(robot["CartridgeFill1"], "55")
    with House(robots=[{"name": "SE-3", "type": 11}]) as h:
        equal(h.status("SystemStatus.txt")["SE-3"]["CartridgeType0"], "6")


def test_the_unicode_build_reads_and_writes_utf_16():
    with House(unicode=True) as h:
        image, label = h.put("d/disc.iso", iso()), h.put("d/label.jpg", jpeg())
        text = (f"JobID = D0001\r\nImageFile = {image}\r\nImageType = MODE_1_2048\r\nPrintLabel = {label}\r\n"
                "VerifyDisc = YES\r\nCloseDisc = YES\r\nRejectIfNotBlank = YES\r\n")
        h.write("D0001.JRQ", b"\xff\xfe" + text.encode("utf-16-le"))
        equal(h.run()["error"], 0)
        data = (h.share / "Status/SystemStatus.txt").read_bytes()
        equal(data[:4], b"\xff\xfe[\0")
        h.image_job("D0002")
        equal(h.run("D0002")["error"], 8)


def test_contradictions_of_the_manual_are_selectable():
    with House(quirks={"ampm", "bottom-first", "sparse", "blank-headings", "lower-extensions", "old-error-key"}) as h:
        h.image_job()
        h.run()
        raw = (h.share / "Status/Disc Publisher 4100.txt").read_text()
        assert "\n [JobList]" in raw or "\n [CompletedJobs]" in raw, "headings without a blank"
        job, system = h.status()["D0001"], h.status()["System"]
        assert job["TimeStarted"].endswith("M") and "JobID" not in job and "JobErrorNumber" not in job, job
        equal((system["Error"], system["DriveLocation0"], h.extension()), ("0", "Bottom Recorder", ".don"))
    with House(quirks={"no-lists", "abt"}) as h:
        h.service.orders.inject("job", 16, "record")
        h.image_job()
        h.run()
        equal((h.extension(), "CompletedJobs" in h.status()), (".ABT", False))
    with House(quirks={"few-completed"}) as h:
        for n in range(6):
            h.image_job(f"D{n}")
            h.run(f"D{n}")
        equal(list(h.status()["CompletedJobs"].values()), ["D5", "D4", "D3", "D2"])


def test_the_status_may_tell_of_the_end_before_the_file():
    with House(quirks={"late-done"}) as h:
        h.image_job()
        h.until(lambda: h.events("job.end"))
        h.service.advance(3)
        equal((h.status()["D0001"]["JobState"], h.extension()), ("2", ".INP"))
        h.service.advance(6)
        equal(h.extension(), ".DON")


def test_a_cover_is_an_error_once_it_was_open_for_too_long():
    with House(ini="CoverOpenWait = 10\n") as h:
        h.service.robots[0].cover(True)
        h.service.advance(8)
        equal(h.service.robots[0].error, 0)
        h.service.advance(5)
        equal(h.status()["System"]["SysErrorNumber"], "15")
        h.service.robots[0].cover(False)
        h.service.advance(3)
        equal(h.status()["System"]["SysErrorNumber"], "0")


def test_half_a_status_file_is_mended_with_the_next_tick():
    with House(quirks={"torn"}) as h:
        sizes = set()
        for _ in range(6):
            h.service.advance()
            sizes.add((h.share / "Status/SystemStatus.txt").stat().st_size > 600)
        equal(sizes, {True, False})


def test_a_share_that_is_gone_comes_back_with_what_it_held():
    with House() as h:
        h.image_job()
        h.until(lambda: h.events("step", step="record"))
        h.service.share.gone("empty")
        equal(list(h.share.iterdir()), [])
        equal(h.run()["error"], 0)
        (h.share / "stray").write_bytes(b"1")
        equal(h.service.share.back(), ["stray"])
        assert (h.share / "D0001.DON").exists(), "the share is not back"


def test_windows_paths_are_read_as_windows_does():
    with House() as h:
        h.put("D1/Disc.ISO", b"1")
        for text in (SHARE + "\\d1\\disc.iso", "c:\\PTBurnJobs\\D1\\DISC.iso", "\\\\srv\\ptburnjobs\\D1\\Disc.ISO"):
            equal(h.service.server.local(text).name, "Disc.ISO")
        for text in ("D1\\disc.iso", "/D1/disc.iso", "\\\\SRV", "e:\\x", SHARE + "\\a?b", SHARE + "\\a \\b"):
            try:
                h.service.server.local(text)
                raise AssertionError(f"{text} was taken")
            except paths.PathError:
                pass


if __name__ == "__main__":
    house.run_tests(globals())
