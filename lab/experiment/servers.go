// SPDX-License-Identifier: GPL-2.0-only

package experiment

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"spotos/lab/load"
)

// A server is a network server with its load.
type server struct {
	name      string
	port      int // on 127.0.0.1; it listens there once it is ready
	datagrams bool
	user      uint32            // 0 is root
	once      []string          // is run first if the machine has not run it yet, and fills the directory KEPT
	command   []string          // DIR stands for a directory of the trial's own, KEPT for what was made once
	files     map[string]string // below that directory, before it starts
	load      load.Options      // Protocol "": nobody measures
	beside    []string          // a load generator, which only loads
}

// think is the pause of measured clients. With few connections the servers are often idle, with none ever they are not.
const think = 2 * time.Millisecond

const (
	nobody      = 65534
	postgresDir = "/usr/lib/postgresql/15/bin/"
)

// slowThink is that of clients whose server takes some 20 ms for an answer, though nobody is busy.
const slowThink = 10 * time.Millisecond

// nginxConfig has a place for what limits the requests.
const nginxConfig = `daemon off; worker_processes 4; user root; error_log stderr; pid nginx.pid;
events { worker_connections 8192; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 1000;
  client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;
  limit_req_zone $server_port zone=all:1m rate=133r/s;
  server { listen 127.0.0.1:8080; %s location / { root www; } }
}
`

// servers are the servers that can be chosen.
var servers = []server{
	{name: "idle", port: 7000, command: []string{"busybox", "nc", "-l", "-p", "7000"}},
	{name: "nginx", port: 8080, command: []string{"nginx", "-p", "DIR", "-c", "nginx.conf"},
		files: nginxFiles(""), load: load.Options{Protocol: "http", Port: 8080, Connections: 4, Think: think}},
	{name: "redis", port: 6379, command: []string{"redis-server", "--port", "6379", "--bind", "127.0.0.1", "--save", "",
		"--appendonly", "no", "--dir", "DIR"},
		load: load.Options{Protocol: "redis", Port: 6379, Connections: 4, Think: think}},
	{name: "memcached", port: 11211, command: []string{"memcached", "-u", "root", "-l", "127.0.0.1", "-p", "11211", "-t",
		"4"}, load: load.Options{Protocol: "memcached", Port: 11211, Connections: 4, Think: think}},
	{name: "dnsmasq", port: 5353, datagrams: true, command: []string{"dnsmasq", "-k", "-C", "/dev/null", "-p", "5353",
		"--listen-address=127.0.0.1", "--bind-interfaces", "--no-resolv", "--no-hosts", "--user=root", "--pid-file=",
		"--address=/test/127.0.0.1"},
		load: load.Options{Protocol: "dns", Port: 5353, Connections: 4, Think: think}},
	{name: "postgres", port: 5432, user: nobody, files: map[string]string{"one.sql": "SELECT 1;\n"},
		once: []string{postgresDir + "initdb", "-D", "KEPT", "-A", "trust", "-U", "postgres", "--no-sync", "--locale=C", "-E",
			"UTF8"},
		command: []string{postgresDir + "postgres", "-D", "KEPT", "-h", "127.0.0.1", "-k", "DIR"},
		load:    load.Options{Protocol: "postgres", Port: 5432, Connections: 4, Think: think}},
	{name: "iperf3", port: 5201, command: []string{"iperf3", "-s", "-B", "127.0.0.1"},
		beside: []string{"iperf3", "-c", "127.0.0.1", "-t", "3600"}},
}

func nginxFiles(limit string) map[string]string {
	return map[string]string{"nginx.conf": fmt.Sprintf(nginxConfig, limit), "www/index.html": load.HTTPBody}
}

// slow returns a server that takes long for an answer without being busy, as one does that waits for another: its
// clients are inside a receive most of the time.
func slow(s server) server {
	switch s.name {
	case "nginx": // it delays what is above its limit
		s.files = nginxFiles("limit_req zone=all burst=1000;")
	case "redis": // it looks for what is over so often in a second
		s.command = append(slices.Clip(s.command), "--hz", "100")
		fallthrough
	default:
		s.load.Protocol += "-slow"
	}
	s.name, s.load.Think = s.name+"-slow", slowThink
	return s
}

// beside are the same servers with a load generator that keeps them busy beside the measured clients.
var beside = []struct {
	server, name string
	command      []string
}{
	{"nginx", "nginx-wrk", []string{"wrk", "-t", "1", "-c", "4", "-d", "3600", "http://127.0.0.1:8080/"}},
	{"postgres", "postgres-pgbench", []string{postgresDir + "pgbench", "-h", "DIR", "-U", "postgres", "-n", "-f",
		"one.sql", "-c", "4", "-T", "3600", "postgres"}},
	{"redis", "redis-benchmark", []string{"redis-benchmark", "-q", "-c", "4", "-n", "1000000000", "-t", "get"}},
}

// serverNamed returns a server by its name.
func serverNamed(name string) (server, bool) {
	for _, b := range beside {
		if b.name == name {
			s, known := serverNamed(b.server)
			s.name, s.beside = b.name, b.command
			return s, known
		}
	}
	if of, isSlow := strings.CutSuffix(name, "-slow"); isSlow {
		s, known := serverNamed(of)
		return slow(s), known
	}
	i := slices.IndexFunc(servers, func(s server) bool { return s.name == name })
	if i < 0 {
		return crowd(name)
	}
	return servers[i], true
}

// Missing returns the programs that a server needs and this machine lacks.
func Missing(name string) []string {
	var missing []string
	s, known := serverNamed(name)
	if !known {
		return []string{"server of the name " + name}
	}
	for _, command := range [][]string{s.once, s.command, s.beside} {
		if len(command) > 0 {
			if _, err := exec.LookPath(command[0]); err != nil {
				missing = append(missing, command[0])
			}
		}
	}
	return missing
}
