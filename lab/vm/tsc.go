// SPDX-License-Identifier: GPL-2.0-only

package vm

import (
	"fmt"
	"math"
	"time"
)

// timeStamp reads the processor's time stamp counter, which an emulated processor without icount passes on.
func timeStamp() uint64

// timeStampKHz returns how fast the counter runs. Of several short measurements the one counts that was interrupted
// the least.
func timeStampKHz() int {
	var khz float64
	shortest := time.Duration(math.MaxInt64)
	for range 10 {
		begin, from := time.Now(), timeStamp()
		for time.Since(begin) < 2*time.Millisecond {
		}
		to, took := timeStamp(), time.Since(begin)
		if took < shortest {
			shortest, khz = took, float64(to-from)/float64(took.Microseconds())*1000
		}
	}
	return int(khz)
}

// clockRate tells the kernel how fast its time stamp counter runs. It would find that out by a timer while it boots,
// and be wrong by orders of magnitude where a busy host stops the VM at that moment.
type clockRate int // kHz

func (clockRate) flags(*descriptors) []string { return nil }

func (c clockRate) kernelArgs() []string { return []string{fmt.Sprintf("tsc_early_khz=%d", int(c))} }
