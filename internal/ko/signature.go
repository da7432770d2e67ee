// SPDX-License-Identifier: GPL-2.0-only

package ko

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
)

// Signature is what was appended to a module by signing it. It is read, and not verified: which keys count is for the
// kernel to say that loads the module.
type Signature struct {
	// Signer is the issuer and the serial number of the certificate, or the identifier of its key; "" if that cannot be
	// read.
	Signer string
}

// SignatureOf returns the signature at the end of an unpacked module, and false if it has none.
func SignatureOf(data []byte) (Signature, bool) {
	body, ok := bytes.CutSuffix(data, []byte(signed))
	if !ok {
		return Signature{}, false
	}
	message, err := pkcs7(body)
	if err != nil {
		return Signature{}, true
	}
	signer, err := signerOf(message)
	if err != nil {
		return Signature{}, true
	}
	return Signature{signer}, true
}

// The structure before the mark, as the kernel's module_signature: what kind of signature it is, and its length.
const (
	trailerSize   = 12
	trailerKind   = 2
	trailerLength = 8
	kindPKCS7     = 2
)

// pkcs7 returns the message that holds the signature, which is at the end of body.
func pkcs7(body []byte) ([]byte, error) {
	if len(body) < trailerSize {
		return nil, errors.New("it is cut off")
	}
	trailer, body := body[len(body)-trailerSize:], body[:len(body)-trailerSize]
	length := uint64(binary.BigEndian.Uint32(trailer[trailerLength:]))
	if trailer[trailerKind] != kindPKCS7 || length > uint64(len(body)) {
		return nil, errors.New("it is no message of PKCS#7")
	}
	return body[uint64(len(body))-length:], nil
}

// The parts of such a message that lead to who signed (RFC 5652). What follows them is not read.
type (
	contentInfo struct {
		Type    asn1.ObjectIdentifier
		Content signedData `asn1:"explicit,tag:0"`
	}
	signedData struct {
		Version      int
		Digests      asn1.RawValue
		Content      asn1.RawValue
		Certificates asn1.RawValue `asn1:"optional,tag:0"`
		Revoked      asn1.RawValue `asn1:"optional,tag:1"`
		Signers      []signerInfo  `asn1:"set"`
	}
	signerInfo struct {
		Version int
		ID      asn1.RawValue
	}
	issuerAndSerial struct {
		Issuer pkix.RDNSequence
		Serial *big.Int
	}
)

// signerOf returns who signed a message, the first of them.
func signerOf(message []byte) (string, error) {
	var info contentInfo
	if _, err := asn1.Unmarshal(message, &info); err != nil {
		return "", err
	}
	if len(info.Content.Signers) == 0 {
		return "", errors.New("nobody signed it")
	}
	id := info.Content.Signers[0].ID
	if id.Class == asn1.ClassContextSpecific {
		return fmt.Sprintf("key %x", id.Bytes), nil
	}
	var signer issuerAndSerial
	if _, err := asn1.Unmarshal(id.FullBytes, &signer); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s, serial number %x", signer.Issuer, signer.Serial), nil
}
