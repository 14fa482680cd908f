#!/usr/bin/env python3
"""A client of the protocol between services, written from Shared/Wire/PROTOCOL.md alone. Needs Python 3.8 and nothing else.

  wsrpc.py --port 7104 --keys operator.keys --to receipts call health.check '{}'
  wsrpc.py --port 7104 --keys operator.keys --to receipts pipeline test.echo '{"text":"a","number":1}' 100
  wsrpc.py --vector            checks the worked example of PROTOCOL.md
"""
import argparse
import base64
import hashlib
import hmac
import json
import os
import socket
import struct
import sys


class ProtocolError(Exception):
    pass


class Refused(Exception):
    """The other side said goaway."""


class CallError(Exception):
    def __init__(self, error):
        super().__init__("%s %s: %s" % (error["code"], error.get("reason"), error.get("message")))
        self.error = error


def no_duplicates(pairs):
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise ProtocolError("FRAME_MALFORMED: duplicate key")
    return dict(pairs)


def encode(frame):
    return json.dumps(frame, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def mac(key, role, initiator, acceptor):
    text = b"wsrpc1" + role
    for hello in (initiator, acceptor):
        text += struct.pack(">I", len(hello)) + hello
    return hmac.new(key, text, hashlib.sha256).digest()


def read_keys(path):
    """The first key of every peer: {peer: (id, key)}."""
    keys = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            words = line.split("#")[0].split()
            if words:
                peer, key_id, text = words
                keys.setdefault(peer, (key_id, base64.b64decode(text, validate=True)))
    return keys


class Connection:
    def __init__(self, host, port, service, peer, key_id, key, timeout=10.0):
        self.limit = 4096
        self.last_id = 0
        self.answers = {}
        self.socket = socket.create_connection((host, port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.handshake(service, peer, key_id, key)

    # Frames

    def send_body(self, body):
        self.socket.sendall(struct.pack(">I", len(body)) + body)

    def send(self, frame):
        self.send_body(encode(frame))

    def receive_exactly(self, count):
        while len(self.buffer) < count:
            data = self.socket.recv(65536)
            if not data:
                raise ProtocolError("the connection ended in the middle" if self.buffer else "the connection ended")
            self.buffer += data
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def receive_body(self):
        (length,) = struct.unpack(">I", self.receive_exactly(4))
        if length == 0 or length > self.limit:
            raise ProtocolError("a frame of %d bytes" % length)
        return self.receive_exactly(length)

    def parse(self, body):
        frame = json.loads(body.decode("utf-8"), object_pairs_hook=no_duplicates)
        if not isinstance(frame, dict):
            raise ProtocolError("FRAME_MALFORMED")
        if frame.get("kind") == "goaway":
            raise Refused("%s: %s" % (frame["reason"], frame.get("message")))
        return frame

    # Handshake

    def handshake(self, service, peer, key_id, key):
        nonce = os.urandom(32)
        ours = encode({
            "kind": "hello", "service": service, "version_min": 1, "version_max": 1, "frame_bytes": 1 << 20,
            "in_flight": 256, "key_id": key_id, "nonce": base64.b64encode(nonce).decode(),
        })
        self.send_body(ours)
        theirs = self.receive_body()
        hello = self.parse(theirs)
        if hello.get("kind") != "hello" or not hello["version_min"] <= 1 <= hello["version_max"]:
            raise ProtocolError("no version in common")
        if hello["service"] != peer or hello["key_id"] != key_id or base64.b64decode(hello["nonce"]) == nonce:
            raise ProtocolError("this is not %s" % peer)
        self.send({"kind": "proof", "mac": base64.b64encode(mac(key, b"I", ours, theirs)).decode()})
        proof = self.parse(self.receive_body())
        if proof.get("kind") != "proof":
            raise ProtocolError("expected a proof")
        if not hmac.compare_digest(base64.b64decode(proof["mac"]), mac(key, b"A", ours, theirs)):
            raise ProtocolError("%s has not proven itself" % peer)
        self.limit = 1 << 20
        self.frame_bytes = hello["frame_bytes"]
        self.in_flight = hello["in_flight"]

    # Calls

    def start(self, method, params, timeout_ms=5000, **others):
        self.last_id += 1
        frame = {"kind": "request", "id": self.last_id, "method": method, "timeout_ms": timeout_ms, "params": params}
        frame.update(others)
        body = encode(frame)
        if len(body) > self.frame_bytes:
            raise ProtocolError("the request is too long")
        self.send_body(body)
        return self.last_id

    def wait(self, request_id):
        while request_id not in self.answers:
            frame = self.parse(self.receive_body())
            kind = frame["kind"]
            if kind == "response":
                if not 1 <= frame["id"] <= self.last_id or ("result" in frame) == ("error" in frame):
                    raise ProtocolError("a wrong response")
                self.answers[frame["id"]] = frame
            elif kind == "ping":
                self.send({"kind": "pong", "id": frame["id"]})
            elif kind != "pong":
                raise ProtocolError("unexpected " + kind)
        answer = self.answers.pop(request_id)
        if "error" in answer:
            raise CallError(answer["error"])
        return answer["result"]

    def call(self, method, params, **others):
        return self.wait(self.start(method, params, **others))

    def ping(self, ping_id):
        self.send({"kind": "ping", "id": ping_id})
        frame = self.parse(self.receive_body())
        if frame != {"kind": "pong", "id": ping_id}:
            raise ProtocolError("no pong")

    def close(self):
        self.send({"kind": "goaway", "reason": "CALLER_LEAVES", "message": "done", "within_ms": 0})
        self.socket.close()


def check_vector():
    hello = ('{"kind":"hello","service":"%s","version_min":1,"version_max":1,"frame_bytes":1048576,"in_flight":256,'
             '"key_id":"k1","nonce":"%s"}')
    initiator = (hello % ("messaging-router", "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=")).encode()
    acceptor = (hello % ("receipts", "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=")).encode()
    key = bytes(range(32))
    assert len(initiator) == 184 and len(acceptor) == 176
    assert base64.b64encode(mac(key, b"I", initiator, acceptor)) == b"sB6hkPyhkaFzZzQmhvY3JpmrvYJfOMzleG1AKCAa+XM="
    assert base64.b64encode(mac(key, b"A", initiator, acceptor)) == b"keSz5UcmMLSqxym/xbrwIsl28008AG28UAIRiAITdSc="


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int)
    parser.add_argument("--keys", help="a key file as PROTOCOL.md describes it")
    parser.add_argument("--as", dest="service", default="operator", help="who we are")
    parser.add_argument("--to", dest="peer", help="whom we call")
    parser.add_argument("--timeout-ms", type=int, default=5000)
    parser.add_argument("--vector", action="store_true")
    parser.add_argument("command", nargs="?", choices=["call", "pipeline", "cancel", "ping"])
    parser.add_argument("arguments", nargs="*")
    options = parser.parse_args()
    if options.vector:
        check_vector()
        print("ok")
        return 0
    key_id, key = read_keys(options.keys)[options.peer]
    connection = Connection(options.host, options.port, options.service, options.peer, key_id, key)
    try:
        if options.command == "ping":
            connection.ping(7)
            print("pong")
        else:
            method, params = options.arguments[0], json.loads(options.arguments[1])
            if options.command == "call":
                print(json.dumps(connection.call(method, params, timeout_ms=options.timeout_ms), sort_keys=True))
            elif options.command == "cancel":
                request = connection.start(method, params, timeout_ms=options.timeout_ms)
                connection.send({"kind": "cancel", "id": request})
                print(json.dumps(connection.wait(request)))
            else:
                ids = [connection.start(method, params) for _ in range(int(options.arguments[2]))]
                replies = [connection.wait(request) for request in reversed(ids)]
                print(len(replies), json.dumps(replies[0], sort_keys=True))
    except CallError as failure:
        print(json.dumps(failure.error, sort_keys=True))
        return 3
    connection.close()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ProtocolError, Refused) as failure:
        print(failure, file=sys.stderr)
        sys.exit(4)
