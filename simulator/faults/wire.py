"""A bad network on this machine: a TCP proxy for MQTT that cuts, stalls, slows, repeats and reorders what passes."""

import asyncio
import threading
from collections.abc import Sequence
from enum import StrEnum
from random import Random
from typing import Self

_PUBLISH = 3
_DUP, _QOS = 0x08, 0x06
_SLOW_S = (0.01, 0.12)
_HELD_S = 0.06
_BEAT_S = 0.02
_CHUNK = 65536


class Mood(StrEnum):
    """How a wire behaves. TCP neither repeats nor reorders within a connection: what is repeated and reordered are whole PUBLISHes."""

    WELL = "well"
    CUT = "cut"
    HUNG = "hung"
    SLOW = "slow"
    DUPLICATED = "duplicated"
    REORDERED = "reordered"


def packets_of(stream: bytes) -> tuple[list[bytes], bytes]:
    """The whole MQTT packets (3.1.1 or 5) at the head of a stream, and what is left. Raises ValueError where it is no MQTT."""
    packets = []
    while (length := _length(stream)) and len(stream) >= length:
        packets.append(stream[:length])
        stream = stream[length:]
    return packets, stream


def _length(stream: bytes) -> int:
    """Of the packet that begins here, header included; 0 where that cannot be told yet."""
    size = 0
    for place, byte in enumerate(stream[1:5]):
        size |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            return 2 + place + size
    if len(stream) >= 5:
        raise ValueError("a length of more than four bytes")
    return 0


def _is_publish(packet: bytes) -> bool:
    return packet[0] >> 4 == _PUBLISH


def repeated(packet: bytes) -> bytes:
    """The packet, and where it is a PUBLISH at QoS 1 once more as a repetition."""
    return packet + bytes([packet[0] | _DUP]) + packet[1:] if _is_publish(packet) and packet[0] & _QOS else packet


class Wire:
    """The way of one client to the broker. Its mood may be set from any thread."""

    def __init__(self, wires: "Wires", target: int, rng: Random) -> None:
        self.port = 0
        self._wires = wires
        self._target = target
        self._rng = rng
        self._mood = Mood.WELL
        self._open: set[asyncio.StreamWriter] = set()

    def set_mood(self, mood: Mood) -> None:
        self._mood = mood
        if mood is Mood.CUT:
            self._wires.loop.call_soon_threadsafe(self._cut)

    def _cut(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def listen(self) -> None:
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = int(server.sockets[0].getsockname()[1])

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it."""
        ends = {writer}
        try:
            if self._mood is not Mood.CUT:
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
                ends.add(far_writer)
                self._open |= ends
                pumps = [asyncio.ensure_future(self._pump(*way)) for way in ((reader, far_writer), (far_reader, writer))]
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
                for pump in pumps:
                    pump.cancel()
                await asyncio.gather(*pumps, return_exceptions=True)
        except OSError:
            pass  # there is no broker: the client sees its connection closed
        finally:
            self._open -= ends
            for end in ends:
                end.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        rest, held = b"", b""
        while True:
            try:
                data = await asyncio.wait_for(reader.read(_CHUNK), _HELD_S if held else None)
            except TimeoutError:
                await self._hand_over(held, writer)
                held = b""
                continue
            if not data:
                return
            packets, rest = packets_of(rest + data)
            held = await self._pass_on(packets, held, writer)

    async def _pass_on(self, packets: Sequence[bytes], held: bytes, writer: asyncio.StreamWriter) -> bytes:
        """Hand packets over, each as the mood of its moment has it. Returns the one that is held back, to come after the next."""
        for packet in packets:
            if held:
                await self._hand_over(packet + held, writer)
                held = b""
            elif self._mood is Mood.REORDERED and _is_publish(packet):
                held = packet
            else:
                await self._hand_over(packet, writer)
        return held

    async def _hand_over(self, packet: bytes, writer: asyncio.StreamWriter) -> None:
        while self._mood is Mood.HUNG:  # noqa: ASYNC110 - the mood is set from other threads
            await asyncio.sleep(_BEAT_S)
        if self._mood is Mood.SLOW:
            await asyncio.sleep(self._rng.uniform(*_SLOW_S))
        writer.write(repeated(packet) if self._mood is Mood.DUPLICATED else packet)
        await writer.drain()


class Wires:
    """All wires of a run, in one thread of their own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="wires", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def to(self, port: int, rng: Random) -> Wire:
        """A new wire to the broker at a port of this machine."""
        wire = Wire(self, port, rng)
        asyncio.run_coroutine_threadsafe(wire.listen(), self.loop).result()
        return wire

    async def _end(self) -> None:
        self.loop.set_exception_handler(lambda *_: None)  # connections that are cut off at the end are no news
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
