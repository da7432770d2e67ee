// SPDX-License-Identifier: GPL-2.0-only

package load

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sys/unix"
)

// protocol is one request and how its answer is known.
type protocol struct {
	datagrams bool
	hello     []byte // is sent on a new connection, and answered before the first request; nil: there is none
	request   []byte
	begins    string // what the answer begins with
	ends      string // what it ends with; "" for a datagram
}

var postgresHello = []byte("\x00\x00\x00\x29\x00\x03\x00\x00user\x00postgres\x00database\x00postgres\x00\x00")

const postgresEnd = "Z\x00\x00\x00\x05I"

// The protocols and what is asked. The server takes 20 ms for a slow request: it sleeps, or waits for a replica that it
// does not have. The servers need not know the key or the page: an answer is an answer.
var protocols = map[string]protocol{
	"http":       {request: []byte("GET / HTTP/1.1\r\nHost: lab\r\n\r\n"), begins: "HTTP/1.1 200 ", ends: "\n--end--\n"},
	"redis":      {request: []byte("*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n"), begins: "$-1", ends: "\r\n"},
	"redis-slow": {request: []byte("*3\r\n$4\r\nWAIT\r\n$1\r\n1\r\n$2\r\n20\r\n"), begins: ":0", ends: "\r\n"},
	"memcached":  {request: []byte("get key\r\n"), begins: "END", ends: "\r\n"},
	"postgres": {hello: postgresHello,
		request: []byte("Q\x00\x00\x00\x0dSELECT 1\x00"), begins: "T", ends: postgresEnd},
	"postgres-slow": {hello: postgresHello, request: []byte("Q\x00\x00\x00\x1aSELECT pg_sleep(0.02)\x00"), begins: "T",
		ends: postgresEnd},
	"dns": {datagrams: true, request: []byte("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x04test\x00" +
		"\x00\x01\x00\x01"), begins: "\x12\x34"},
}

// HTTPBody is the page that a web server must answer with.
const HTTPBody = "a page of the lab\n--end--\n"

// Protocols lists the names of the protocols.
func Protocols() []string { return slices.Sorted(maps.Keys(protocols)) }

var errClosed = errors.New("the server closed the connection")

// ask sends the request and waits for all of the answer.
func (c *client) ask(p protocol) error {
	answer, err := exchange(int(c.fd.Load()), p, p.request)
	if err == nil && !bytes.HasPrefix(answer, []byte(p.begins)) {
		err = fmt.Errorf("the answer is %q", answer[:min(len(answer), 60)])
	}
	return err
}

// exchange sends a message and returns the answer.
func exchange(fd int, p protocol, message []byte) ([]byte, error) {
	if _, err := unix.SendmsgN(fd, message, nil, nil, unix.MSG_NOSIGNAL); err != nil {
		return nil, fmt.Errorf("sending: %w", err)
	}
	var answer [4096]byte
	n := 0
	for n < len(answer) {
		got, err := unix.Read(fd, answer[n:])
		if err != nil {
			return nil, fmt.Errorf("receiving: %w", err)
		}
		if got == 0 {
			return nil, errClosed
		}
		if n += got; p.datagrams || bytes.HasSuffix(answer[:n], []byte(p.ends)) {
			break
		}
	}
	return answer[:n], nil
}
