"""Lets a candidate see a share of looks after they have been judged, and keeps what it saw otherwise for a person to judge."""

import asyncio
import logging
from concurrent.futures import Executor
from dataclasses import dataclass

from detectors.disagreement import differences
from detectors.registry import observe
from detectors.shadowing import is_chosen
from detectors.switch import Candidate, EyeSwitch
from patrol.evidence import EvidenceKeeper, Shown
from patrol.look import Examination
from storage.database import Database
from town.evidence import Difference, Disagreement, MissingPicture, Picture
from town.looks import Look
from town.places import Camera
from town.sight import Detection

log = logging.getLogger(__name__)

MOST_UNJUDGED = 200
"""A candidate's disagreements beyond these are counted, and their pictures are not kept: a person judges tens, not thousands."""

MOST_FAILURES = 5
"""A candidate that fails so often in a row is let go."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a candidate saw of a frame, and how that differs from what was judged. `failed`: it broke."""

    candidate: str
    seen: tuple[Detection, ...] = ()
    differences: tuple[Difference, ...] = ()
    failed: bool = False


class Shadow:
    """One comparison at a time, in the thread of the eye, and none while another is under way: a look never waits for two.

    Whatever a candidate does, the look it follows has been judged and written before.
    """

    def __init__(self, switch: EyeSwitch, evidence: EvidenceKeeper, database: Database) -> None:
        self._switch, self._evidence, self._database = switch, evidence, database
        self._under_way = False
        self._failures: tuple[Candidate | None, int] = (None, 0)

    async def follow(self, camera: Camera, look: Look, examination: Examination, eye_thread: Executor, book_thread: Executor) -> None:
        """Compare a judged look if the candidate is to see it. Never raises."""
        candidate = self._switch.candidate
        if candidate is None or self._under_way or not _is_wanted(examination, candidate):
            return
        self._under_way = True
        loop = asyncio.get_running_loop()
        try:
            comparison = await loop.run_in_executor(eye_thread, self._compare, candidate, camera, examination)
            if await loop.run_in_executor(book_thread, self._count, comparison):
                picture = await loop.run_in_executor(eye_thread, self._evidence.picture, camera, look, examination)
                await loop.run_in_executor(book_thread, self._record, picture, comparison)
        except Exception:
            log.exception("a comparison with %s could not be kept", candidate.version)
        finally:
            self._under_way = False

    def _compare(self, candidate: Candidate, camera: Camera, examination: Examination) -> Comparison:
        """Runs in the eye's thread."""
        try:
            comparison = compared(candidate, camera, examination)
        except Exception:
            self._note_failure(candidate)
            return Comparison(candidate.version, failed=True)
        self._failures = (candidate, 0)
        return comparison

    def _note_failure(self, candidate: Candidate) -> None:
        known, count = self._failures
        count = count + 1 if known is candidate else 1
        self._failures = (candidate, count)
        if count == 1:
            log.exception("the candidate %s failed at a look; the look stands as it was judged", candidate.version)
        if count >= MOST_FAILURES:
            log.error("the candidate %s failed %d times in a row and looks no more", candidate.version, count)
            self._switch.drop(candidate)

    def _count(self, comparison: Comparison) -> bool:
        """Whether it is to be kept for a person to judge. Runs in the books' thread."""
        disagreed = bool(comparison.differences)
        with self._database.transaction() as book:
            book.count_shadow_look(comparison.candidate, failed=comparison.failed, disagreed=disagreed)
            return disagreed and book.unjudged_count(comparison.candidate) < MOST_UNJUDGED

    def _record(self, picture: Picture | MissingPicture | None, comparison: Comparison) -> None:
        """Runs in the books' thread."""
        self._evidence.note(picture, Shown())
        if isinstance(picture, Picture):
            with self._database.transaction() as book:
                book.record_disagreement(Disagreement(picture, comparison.candidate, comparison.seen, comparison.differences))


def compared(candidate: Candidate, camera: Camera, examination: Examination) -> Comparison:
    """What a candidate sees of a judged frame. Pure, but for its network."""
    frame = examination.frame
    if frame is None:
        raise ValueError("there is no frame to compare")
    seen = tuple(candidate.eye.see(frame, camera.zones))
    observed = observe(frame, camera.zones, seen)
    return Comparison(candidate.version, seen, differences(examination.observations, observed, examination.detections, seen))


def _is_wanted(examination: Examination, candidate: Candidate) -> bool:
    frame = examination.frame
    return frame is not None and examination.fit and is_chosen(frame.camera_id, frame.taken_at, candidate.share)
