#!/usr/bin/python3
"""The whole appliance beside an emulated robot on the kernel's USB (tests/vm/usb) whose discs go through the emulated
burner (tests/vm/mmc): a study becomes a disc of its patient at the right exit, and whatever happens to cable, plug and
gripper on the way, nothing is broken: what is in doubt is asked, and goes on when it is answered."""
import pathlib
import sys
import tempfile
import time
from guest import Guest, acknowledged, looked_at, patient, person, published, still
from appliance import Failure, check, need, wait_for

WANTED = [word for word in sys.argv[2:] if not word.startswith("-")]  # robots: all, if none is named
PRIMERA = "driver = primera\ndialect = quick\n"
NIMBIE = "driver = nimbie\n"
WHOLE = "90 92 8F 92 8F 92 8D 92".split()  # a disc that goes in and comes out
NIMBIE_WHOLE = ["52 01", "47 01", "52 02"]
THREE = ("check_gripper", "check_drive", "check_printer")


def primera_asks_before_it_moves_for_the_first_time(a, folder):
    """Its device is the kernel's printer, until the driver takes it."""
    a.sh("robot one publisher printer 0f25 0001; burner; world plug; world 'put right 15 CD-R'")
    check("NOT" not in a.sh("until_it '[ -e /dev/discwright/drive-1 ] && [ -c /dev/usb/lp0 ]' 300"), "no drive, or no printer")
    a.begin(PRIMERA)
    a.study_one, a.files_one = patient(a, 1, folder)
    a.job_one = a.order(a.study_one)
    person(a, *THREE[:2])
    check(not a.since(), "it moved before everything was answered")
    person(a, THREE[2])
    a.claimed()
    check(not a.sh("ls /dev/usb/lp0 2> /dev/null"), "the kernel's printer driver is in the way")


def primera_publishes(a, folder):
    a.study_two, a.files_two = patient(a, 2, folder)
    a.job(a.job_one, seconds=480)
    check(not any("noise" in line for line in a.log()), "it was told more than frames")
    published(a, WHOLE, a.files_one, "left", folder)


def primera_asks_when_its_program_was_killed_in_mid_move(a, folder):
    sent = len(a.told())
    job = a.order(a.study_two)
    a.sh(f"until_it 'grep -q \"frame {sent + 3}:\" /tmp/world.log' 600; kill -9 $(pidof discwright-robot)")
    told = looked_at(a, job, *THREE)
    check(told == WHOLE[:3], f"it was told {told} before")
    published(a, told + WHOLE, a.files_two, "left", folder)


def primera_asks(name, luck, frames, sign):
    """After so many frames it is in doubt where a disc is: the next comes when a person has answered."""
    def story(a, folder):
        told = looked_at(a, a.order(a.study_two, luck), *THREE)
        check(told == WHOLE[:frames], f"it was told {told} before it was asked")
        a.came_to(sign)
        published(a, told + WHOLE, a.files_two, "left", folder)
    story.__name__ = f"primera_asks_after_{name}"
    return story


def primera_stops(name, luck, sign):
    """Before anything is gripped: a failure that somebody looks at, and then the job goes on."""
    def story(a, folder):
        a.inflict(luck, sign)
        acknowledged(a, a.order(a.study_two), "robot_failure")
        published(a, WHOLE, a.files_two, "left", folder)
    story.__name__ = f"primera_stops_when_{name}"
    return story


def primera_is_exchanged_for_one_in_user_space(a, folder):
    """The kernel's printer never stalls, and takes frames for a machine that does not."""
    a.sh("dismiss; robot two publisher ffs 0f25 0001; world 'put right 25 CD-R'; world plug")
    a.claimed()
    a.job(a.order(a.study_one), seconds=480)
    published(a, WHOLE, a.files_one, "left", folder)


def primera_waits_for_a_frame_that_is_taken_late(a, folder):
    a.job(a.order(a.study_two, "at 2 hold 3000"), seconds=480)
    a.came_to("what comes is taken again")
    published(a, WHOLE, a.files_two, "left", folder)


def primera_waits_for_an_answer_that_comes_late(a, folder):
    """The real one is not known to answer: a dialect that expects it, and a firmware that does."""
    a.sh(r"""sed -i 's/^settle_ms.*/&\nreply_done = 06\nreply_ms = 6000/' /etc/discwright/dialects/quick.conf; world 'answers yes'
old=$(pidof discwright-robot); kill $old; until_it 'pidof discwright-robot && [ "$(pidof discwright-robot)" != "'$old'" ]' 600""")
    a.claimed()
    a.job(a.order(a.study_two, "at 2 late 3000"), seconds=480)
    a.came_to("MISFORTUNE late")
    published(a, WHOLE, a.files_two, "left", folder)
    check(answered(a) == len(WHOLE), f"{answered(a)} frames were answered")


def answered(a):
    return sum("it answers" in line for line in a.log()[a.lines:])


def primera_asks_after_an_answer_that_comes_too_late(a, folder):
    """And when it is there, it is no answer to anything else: the gripper is not told again."""
    job = a.order(a.study_two, "at 2 late 9000")
    a.asked()
    wait_for("the late answer", lambda: answered(a) == 2, 60)
    told = looked_at(a, job, *THREE)
    check(told == WHOLE[:2], f"it was told {told} before it was asked")
    published(a, told + WHOLE, a.files_two, "left", folder)
    check(answered(a) == len(told + WHOLE), f"{answered(a)} frames were answered")


def nimbie_publishes(a, folder):
    a.sh("robot nimbie nimbie ffs 1723 0945; [ -b /dev/sr0 ] || burner; world plug; world 'put queue 40 CD-R'; world 'style 1'")
    a.begin(NIMBIE)
    a.study_one, a.files_one = patient(a, 3, folder)
    a.job(a.order(a.study_one), seconds=480)
    published(a, NIMBIE_WHOLE, a.files_one, "accept", folder)


def nimbie_asks_when_its_program_was_killed_in_mid_move(a, folder):
    a.world("style 2", "step 1000")
    job = a.order(a.study_one)
    a.sh("until_it 'world state | grep -q \"moves=1\"' 600; kill -9 $(pidof discwright-robot)")
    told = looked_at(a, job, discs="recorder lift")
    check(told == NIMBIE_WHOLE[:1], f"it was told {told} before it was asked")
    published(a, told + NIMBIE_WHOLE, a.files_one, "accept", folder)
    a.world("style 0", "step 300", "reset-replugs yes")


def nimbie_asks(name, luck, commands, sign, acknowledge=""):
    """After so many commands it is in doubt where a disc is."""
    def story(a, folder):
        told = looked_at(a, a.order(a.study_one, luck), discs="recorder lift", acknowledge=acknowledge)
        check(told == NIMBIE_WHOLE[:commands], f"it was told {told} before it was asked")
        a.came_to(sign)
        published(a, told + NIMBIE_WHOLE, a.files_one, "accept", folder)
    story.__name__ = f"nimbie_asks_after_{name}"
    return story


def nimbie_goes_on_when_its_pipe_stalls(pipe):
    """The first question of a job, while nothing moves: it is reset, and nobody is asked."""
    def story(a, folder):
        a.job(a.order(a.study_one, f"stall-{pipe}"), seconds=480)
        a.came_to("resets the bus")
        published(a, NIMBIE_WHOLE, a.files_one, "accept", folder)
    story.__name__ = f"nimbie_goes_on_when_its_{pipe}_pipe_stalls"
    return story


def nimbie_asks_after_a_stall_with_a_disc_on_its_way_out(a, folder):
    """It fell to its exit, and only nobody heard of it: a person finds it there."""
    job = a.order(a.study_one, "at 3 stall-in")
    disc = a.asked()
    still(a, job)

    def answered():
        a.post(f"/api/discs/{disc['id']}/answer", {"at": "output"})
        time.sleep(1)
        return a.get(f"/api/jobs/{job}")["state"] == "done"
    wait_for("an answer that is taken", answered, 120)
    a.came_to("resets the bus")
    published(a, NIMBIE_WHOLE, a.files_one, "accept", folder)


def nimbie_waits_for_a_reply_that_comes_late(a, folder):
    a.job(a.order(a.study_one, "at 1 late 5000"), seconds=480)
    a.came_to("MISFORTUNE late")
    published(a, NIMBIE_WHOLE, a.files_one, "accept", folder)


# In this order: each leaves the robot to the next.
USUAL = [primera_asks_before_it_moves_for_the_first_time, primera_publishes, primera_asks_when_its_program_was_killed_in_mid_move,
         nimbie_publishes]
RARE = [primera_asks("a_missed_pick", "miss", 4, "is missed"),
        primera_asks("a_plug_that_was_pulled_in_mid_move", "unplug-at 3 100", 3, "the plug is pulled"),
        primera_asks("a_lost_frame", "lose 2", 4, "the frame is lost"),
        primera_is_exchanged_for_one_in_user_space,
        primera_stops("its_endpoint_stalls", "stall-out", "the next frame is refused"),
        primera_stops("a_frame_is_not_taken", "hold 600000", "nothing is taken from here on"),
        primera_waits_for_a_frame_that_is_taken_late,
        # The frame after that number: of the toggles each is one that must not come twice.
        primera_asks("a_refused_grip_of_a_blank", "at 1 stall-out", 1, "the next frame is refused"),
        primera_asks("a_refused_release_over_the_tray", "at 3 stall-out", 3, "the next frame is refused"),
        primera_asks("a_release_over_the_tray_that_is_not_taken", "at 3 hold 600000", 3, "nothing is taken from here on"),
        primera_asks("a_refused_way_to_a_disc_on_the_tray", "at 4 stall-out", 4, "the next frame is refused"),
        primera_asks("a_refused_grip_of_a_disc", "at 5 stall-out", 5, "the next frame is refused"),
        primera_asks("a_refused_release_over_the_bin", "at 7 stall-out", 7, "the next frame is refused"),
        primera_waits_for_an_answer_that_comes_late, primera_asks_after_an_answer_that_comes_too_late,
        nimbie_asks_when_its_program_was_killed_in_mid_move,
        nimbie_asks("a_plug_that_was_pulled_in_mid_move", "unplug-at 2 100", 2, "the plug is pulled"),
        nimbie_asks("a_fault_that_a_reset_ends", "e09 1", 1, "resets the bus", "robot_failure"),
        nimbie_waits_for_a_reply_that_comes_late,
        nimbie_goes_on_when_its_pipe_stalls("out"), nimbie_goes_on_when_its_pipe_stalls("in"),
        nimbie_asks("a_stall_with_a_disc_on_its_way_in", "at 1 stall-in", 1, "resets the bus"),
        nimbie_asks("a_refused_question_with_a_disc_on_its_way_in", "at 1 stall-out", 1, "is refused", "robot_failure"),
        nimbie_asks("a_reply_that_comes_too_late", "at 2 late 30000", 2, "MISFORTUNE late"),
        nimbie_asks_after_a_stall_with_a_disc_on_its_way_out,
        nimbie_asks("a_lost_command", "lose 1", 0, "is lost"), nimbie_asks("a_lost_reply", "silent 1", 1, "the reply is lost")]
STORIES = sorted(USUAL + (RARE if "--long" in sys.argv else []), key=lambda story: story.__name__.startswith("nimbie"))


def main():
    need("storescu", "7z", "udevadm")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="dw-vm-") as folder, Guest(pathlib.Path(folder)) as a:
        family = ""
        for story in [s for s in STORIES if not WANTED or s.__name__.split("_")[0] in WANTED]:
            if family not in ("", story.__name__.split("_")[0]):
                a.end()
                a.sh("dismiss")
            family = story.__name__.split("_")[0]
            story(a, pathlib.Path(folder))
            print(f"ok   {story.__name__.replace('_', ' ')}: {len(a.since())} told ({time.monotonic() - began:.0f} s)", flush=True)
        a.end()
    print(f"ok: {time.monotonic() - began:.0f} s")


try:
    main()
except Failure as failure:
    sys.exit(f"FAIL: {failure}")
