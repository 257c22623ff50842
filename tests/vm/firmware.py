#!/usr/bin/python3
"""The emulated robots themselves, without a driver of ours: what the kernel and libusb see of them, that their discs and
the medium of the emulated drive are one, and that whatever would break plastic is noticed. --long: every misfortune and
every crash, not one of each kind."""
import sys
import time
from lab import NIMBIE, PUBLISHER, boot, has, has_not, judge, no_crash

LONG = "--long" in sys.argv
GUEST = """
usb() { vm_usb $id "$@"; }
go() { # words of vm_usb, and the robot's by name, each to its end
    words=
    for w in "$@"; do
        case $w in
        left) w='send=1B048D00000000AC sleep=600' ;; printer) w='send=1B048E00000000AD sleep=600' ;;
        recorder) w='send=1B048F00000000AE sleep=600' ;; right) w='send=1B049000000000AF sleep=600' ;;
        toggle) w='send=1B049200000000B1 sleep=450' ;;
        state) w='send=0000430000000000 read' ;; place) w='send=0000520100000000 read' ;; lift) w='send=0000470100000000 read' ;;
        accept) w='send=0000520200000000 read' ;; reject) w='send=0000520300000000 read' ;;
        esac
        words="$words $w"
    done
    vm_usb $id $words
}
load() { go right toggle recorder tray-out sleep=300 toggle tray-in sleep=300; }
crash() { grep -E "CRASH|MISFORTUNE" /tmp/world.log | tail -n ${1:-1}; }
logs() { until_it "grep -q '$1' /tmp/world.log"; }
clear_away() { for p in gripper recorder front floor left right lift queue; do world "take $p" > /dev/null; done; world "put right 3 CD-R"; }
"""
READY = "world plug; usb arrives > /dev/null"


def crashes(words):
    return has(f"CRASH {words}")


def publisher():
    yield ("the kernel's printer driver takes it when it is plugged in",
           "usb arrives & sleep 1; world plug; wait $!; until_it '[ -c /dev/usb/lp0 ]'; cat /sys/class/usbmisc/lp0/device/ieee1284_id; echo; readlink /sys/class/usbmisc/lp0/device/driver",
           has("arrives: yes", "MFG:Emulated;MDL:Disc robot of a test", "usblp"))
    yield ("a frame written to the printer driver moves the arm, behind foreign bytes, too",
           r"""echo -ne '\x1b\x00\x10\xc0\xbd\x87\x08\x85\xff\xff\x00\x00\x00\x00\x09\x00\x00\x01\x00\x1e\x00\x02\x03\x08\x00\x00\x00\x1b\x04\x90\x00\x00\x00\x00\xaf\n' > /dev/usb/lp0
until_it 'world state | grep arm=right'; tail -n 5 /tmp/world.log""",
           has("arm=right", "transfer of 36 bytes", "frame 1: 90", "noise of 28 bytes"), no_crash)
    yield ("libusb reads who it is and gives the printer driver its device back",
           "usb id status; until_it '[ -c /dev/usb/lp0 ]'; echo back", has("id: MFG:Emulated", "status: 18", "back"), has_not("NOT-IN-TIME"))
    yield ("a disc is loaded, seen by the drive, and put away",
           "load; vm_task --look /dev/sr0; world where; go tray-out recorder toggle tray-in sleep=300 left toggle; vm_task --look /dev/sr0; world where; world state",
           has("seen: OK blank cd", "3:recorder", "seen: OK empty", "3:left", "crashes=0"))
    yield ("a disc that is gripped over a tray that goes in leaves by the front",
           "clear_away; load; go tray-out recorder toggle tray-in sleep=300 toggle; world state", has("front=1 .*gripper=0"), no_crash)


def broken():
    yield "a command that nobody captured", "usb send=1B049100000000B0; crash", crashes("a command that nobody ever captured")
    yield "an arm that leaves with a disc over an open tray", "clear_away; go right toggle recorder tray-out sleep=300 left; crash; usb tray-in", crashes("the arm leaves for left with a disc while the tray is out")
    if not LONG:
        return
    yield "a command with parameters", "usb send=1B048D01000000AD; crash", crashes("a command that nobody ever captured")
    yield "a command while the arm moves", "world 'arm-step 500'; usb send=1B048D00000000AC send=1B049200000000B1; crash; world 'arm-step 150'; sleep 2", crashes("command 92 while the arm moves")
    yield "an arm that leaves a loaded tray", "clear_away; go right toggle recorder tray-out sleep=300 toggle left; crash", crashes("the arm leaves for left from a loaded tray")
    yield "a tray that goes in under a working gripper", "clear_away; world 'grip-time 3000'; go recorder toggle tray-in; crash; world 'grip-time 300'; sleep 3", crashes("the tray goes in, and the gripper is down")
    yield "a tray that goes out before the arm is there", "clear_away; go right; world 'arm-step 1000'; go recorder tray-out; crash; world 'arm-step 150'; sleep 2", crashes("the tray goes out, and the arm is on its way")
    yield "a second disc on a full tray", "clear_away; usb tray-in sleep=300; load; go right toggle recorder tray-out sleep=300 toggle; crash; world where", crashes("a second disc on a full tray")
    yield "a tray with two discs does not go in", "usb tray-in sleep=300; world state", has("tray-in: no", "tray=out .*recorder=2")
    yield "a disc that is let go over the printer", "clear_away; usb tray-in sleep=300; go right toggle printer toggle; crash; world state", crashes("released in mid-air at printer"), has("floor=1")
    yield "a bin that overflows", "clear_away; world 'put left 25 CD-R'; go right toggle left toggle; crash", crashes("more than 25 discs in the left bin")


def misfortunes():
    yield ("a plug that is pulled in mid-move", "world 'arm-step 500'; world 'unplug-at 1 200'; usb send=1B048D00000000AC leaves; sleep 2; world state; usb arrives & sleep 1; world plug; wait $!; world 'arm-step 150'; go right; world state",
           has("leaves: yes", "arm=left", "arrives: yes", "arm=right"), no_crash)
    yield "a frame that is lost", "clear_away; world 'lose 2'; go left right; crash; world state", has("MISFORTUNE the frame is lost", "arm=left"), no_crash
    yield "a pick that is missed", "world miss; load; crash; vm_task --look /dev/sr0; world state", has("MISFORTUNE disc .* is missed", "seen: OK empty", "right=3 .*gripper=0"), no_crash
    if not LONG:
        return
    yield "two discs that stick together", "world twice; load; crash 2; vm_task --look /dev/sr0", has("tray-in: no", "MISFORTUNE .* sticks", "seen: OK open"), no_crash
    yield "a disc that falls", "clear_away; usb tray-in sleep=300; world drop; go right toggle left; crash; world state", has("MISFORTUNE the disc falls", "floor=1"), no_crash
    yield ("a gripper that only counts lets nothing go twice", "clear_away; world 'take left'; usb tray-in sleep=300; world 'gripper flips'; go left toggle; world state; go right toggle; world state; go toggle; world state; go toggle; world 'gripper feels'",
           has("gripper=0 .*closed=1", "gripper=0 .*closed=0", "gripper=[1-9].* closed=1"), no_crash)
    yield ("power that goes in mid-move", "world 'arm-step 500'; usb send=1B048D00000000AC; world 'power off'; sleep 1; world state; world 'arm-step 150'; world plug; usb arrives > /dev/null & wait $!; go left; world state",
           has("arm=nowhere", "arm=left"), no_crash)


def cable():
    yield "the printer class in user space", f"{READY}; until_it '[ -c /dev/usb/lp0 ]'; usb id status; go right; world state", has("id: MFG:Emulated", "status: 18", "arm=right"), no_crash
    yield ("a stall", "world stall-out; logs 'the next frame is refused'; go left clear left; world state",
           has("sent: LIBUSB_ERROR_PIPE", "clear: 0", "sent: OK 8", "arm=left .*frames=2"), no_crash)
    yield ("a frame that is not taken, and does not come later", """world 'hold 600000'; logs 'nothing is taken'; usb send=1B048F00000000AE
world 'hold 0'; logs 'taken again'; go printer; world state""", has("sent: LIBUSB_ERROR_TIMEOUT", "sent: OK 8", "arm=printer .*frames=3"), no_crash)


def nimbie():
    cycle = "go state tray-out place state tray-in sleep=300; vm_task --look /dev/sr0; go state tray-out lift state tray-in sleep=300 {} state; world where"
    yield "its discs go through the drive", f"{READY}; world 'put queue 3 CD-R'; {cycle.format('accept')}", has(r"'\{0100001xx\}'", r"'AT\+S07'", r"'\{0101011xx\}'", "seen: OK blank", r"'\{0100001xx\}'", r"'AT\+O'", r"'\{0100111xx\}'", r"'AT\+O'", "1:accept"), no_crash
    yield ("a fault that only a reset ends", "clear_away; world 'put queue 1 CD-R'; world 'reset-replugs yes'; world 'e09 1'; go tray-out place place reset; sleep 2; go state place; world 'reset-replugs no'",
           has(r"AT\+E09", r"AT\+E09", "reset: ", r"\{01000[01]1xx\}|\{0100011xx\}", r"AT\+S07"), no_crash)
    if not LONG:
        return
    yield "messages that begin empty", f"clear_away; usb tray-in sleep=300; world 'put queue 1 CD-R'; world 'style 1'; {cycle.format('reject')}", has(r"''/1 ''/1 'OK'/3 'AT\+S07'/7 ''/0", ":reject"), no_crash
    yield "messages with rubbish behind them", f"world 'style 2'; world 'put queue 1 CD-R'; {cycle.format('reject')}; world 'style 0'", has(r"'OK'/63 'AT\+S07'/63 ''/0", ":reject .*:reject"), no_crash
    yield "everything it refuses", "go place lift accept tray-out place lift; world 'put queue 2 CD-R'; go place place tray-in sleep=300", has(r"AT\+S10", r"AT\+S10", r"AT\+S03", r"AT\+S14", r"AT\+S00", r"AT\+S07", r"AT\+S12"), no_crash
    yield "a reply that comes early", "world 'reply early'; go tray-out lift state sleep=700 state tray-in sleep=300 reject; world 'reply late'; sleep 1", has(r"AT\+O", r"\{0101011xx\}", r"\{0100111xx\}", r"AT\+O"), no_crash
    yield "a disc released onto the open tray", "go tray-out place lift accept; crash", crashes("a disc is released onto the tray")
    yield "a tray that goes in under the lifter", "world 'reply early'; world 'step 1500'; go lift tray-in; crash; sleep 3; world 'reply late'; world 'step 300'", crashes("the tray goes in, and the disc is lifted")
    yield "a command nobody saw", "usb send=0000530000000000 read; crash", crashes("a command that nobody ever saw"), has(r"AT\+E09")
    yield "lost commands and replies", "world 'lose 1'; go tray-out lift; world 'silent 1'; go lift; world state; world 'late 1500'; go state", has("read: 'LIBUSB_ERROR_TIMEOUT'", "read: 'LIBUSB_ERROR_TIMEOUT'", r"lift=1", r"\{0000111xx\}"), no_crash
    yield "a reply endpoint that stalls", "world stall-in; go state clear read state", has("LIBUSB_ERROR_PIPE", "clear: 0 0", r"\{0", r"\{0"), no_crash
    yield "a lie", "clear_away; world 'put queue 1 CD-R'; world lie; go place state; world miss; go place", has(r"AT\+S07", r"\{0100011xx\}", r"AT\+S03"), no_crash


def interrupts():
    yield "interrupt endpoints", f"{READY}; go state", has(r"'OK'/3 '\{0000011xx\}|'OK'/3 '\{0000001xx\}"), no_crash


def main():
    began = time.monotonic()
    robots = [(f"robot one publisher printer 0f25 0001; burner; world 'put right 3 CD-R'; id={PUBLISHER}", [*publisher(), *broken(), *misfortunes()]),
              (f"robot two publisher ffs 0f25 0001; id={PUBLISHER}", [*cable()]),
              (f"robot three nimbie ffs 1723 0945; id={NIMBIE}", [*nimbie()]),
              ("robot four nimbie-interrupt ffs 1723 0945", [*interrupts()])]
    script, cases = GUEST, []
    for begin, some in robots:
        script += begin + "\n" + "\n".join(f'say "{c[0]}"\n{c[1]}' for c in some) + "\nsay log\ndismiss\n"
        cases += some
    judge(cases, boot("firmware", script, 500 if LONG else 280), began)


main()
