// SPDX-License-Identifier: GPL-2.0-only

package ko

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"
)

// Messages that openssl cms -sign -binary -noattr -nocerts made, the second with -keyid, as the kernel's sign-file
// makes them.
const (
	byIssuer = "MIHjBgkqhkiG9w0BBwKggdUwgdICAQExDTALBglghkgBZQMEAgEwCwYJKoZIhvcNAQcBMYGwMIGtAgEBMEcwLzEQMA4GA1UECgwH" +
		"RXhhbXBsZTEbMBkGA1UEAwwSTW9kdWxlcyBvZiBleGFtcGxlAhQjXswhOm2/g/3YuZuU46eoMYHf5jALBglghkgBZQMEAgEwCgYI" +
		"KoZIzj0EAwIERjBEAiB4et2yfD+4+nDWNiT/lsa9vXIDxVm+3f+uBVewUFzHDQIgRuEm0tWRwoYah7Pj2AruGIjXfhkpksFYEH1t" +
		"ZN9HxbA="
	byKey = "MIGuBgkqhkiG9w0BBwKggaAwgZ0CAQMxDTALBglghkgBZQMEAgEwCwYJKoZIhvcNAQcBMXwwegIBA4AU5/JuiJ8QbY+kRTporYSd" +
		"neoHfwgwCwYJYIZIAWUDBAIBMAoGCCqGSM49BAMCBEYwRAIgR8hx008ip2p6/EyIbcchFP9CJEQCwarnO1tP7AR4JJ4CIDlhiWNo" +
		"tEhUJjf6GqisnWFPL5p3dn7ybNO/ANi9N/iA"
)

// appended returns a module to which a message was appended as sign-file does it.
func appended(t *testing.T, message string, kind byte) []byte {
	t.Helper()
	der, err := base64.StdEncoding.DecodeString(message)
	if err != nil {
		t.Fatal(err)
	}
	trailer := make([]byte, trailerSize)
	trailer[trailerKind] = kind
	binary.BigEndian.PutUint32(trailer[trailerLength:], uint32(len(der)))
	return append(append(append([]byte("module"), der...), trailer...), signed...)
}

func TestSignatureOf(t *testing.T) {
	whole := appended(t, byIssuer, kindPKCS7)
	longer := appended(t, byIssuer, kindPKCS7)
	binary.BigEndian.PutUint32(longer[len(longer)-len(signed)-4:], 1<<31)
	for _, c := range []struct {
		name   string
		data   []byte
		signed bool
		signer string
	}{
		{"not signed", []byte("module"), false, ""},
		{"by issuer", whole, true, "CN=Modules of example,O=Example, serial number 235ecc213a6dbf83fdd8b99b94e3a7a83181dfe6"},
		{"by key", appended(t, byKey, kindPKCS7), true, "key e7f26e889f106d8fa4453a68ad849d9dea077f08"},
		{"of another kind", appended(t, byIssuer, 1), true, ""},
		{"with a length past the beginning", longer, true, ""},
		{"with the mark alone", []byte(signed), true, ""},
		{"with rubbish", appended(t, "AAAA", kindPKCS7), true, ""},
		{"with a mark that is cut off", whole[:len(whole)-1], false, ""},
	} {
		got, ok := SignatureOf(c.data)
		if ok != c.signed || got.Signer != c.signer {
			t.Errorf("%s: %q, %v, want %q, %v", c.name, got.Signer, ok, c.signer, c.signed)
		}
	}
	// No length of what is left panics.
	for n := range len(whole) {
		if _, ok := SignatureOf([]byte(string(whole[n:]))); ok != strings.HasSuffix(string(whole[n:]), signed) {
			t.Errorf("the last %d bytes are signed: %v", len(whole)-n, ok)
		}
	}
}
