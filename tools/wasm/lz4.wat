;; LZ4 blocks and xxHash32 for src/codec/lz4-memory.ts, where the bytes that `node tools/wasm.ts` makes of
;; this stand. Input and output lie in one memory, the output last. Both ends of both are checked for
;; what a block says; copies go in words of 16 bytes and may touch up to 32 bytes behind the end of the
;; output, which the caller keeps free.
(module
  (memory (export "memory") 1)

  ;; Decodes the block [at, end) to [out, outEnd); matches may reach back to `window`. Gives the place
  ;; after the last byte written, -1 for what is no block, -2 when the output does not fit. A block is
  ;; 4 MiB at most, so that counts stay below 2^31.
  (func (export "decode")
    (param $at i32) (param $end i32) (param $out i32) (param $outEnd i32) (param $window i32)
    (result i32)
    (local $token i32) (local $count i32) (local $byte i32)
    (local $distance i32) (local $from i32) (local $to i32) (local $stop i32)
    (block $corrupt
      (block $full
        (loop $sequence
          (br_if $corrupt (i32.ge_u (local.get $at) (local.get $end)))
          (local.set $token (i32.load8_u (local.get $at)))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))

          (local.set $count (i32.shr_u (local.get $token) (i32.const 4)))
          (if (i32.eq (local.get $count) (i32.const 15)) (then
            (loop $goesOn
              (br_if $corrupt (i32.ge_u (local.get $at) (local.get $end)))
              (local.set $byte (i32.load8_u (local.get $at)))
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (local.set $count (i32.add (local.get $count) (local.get $byte)))
              (br_if $goesOn (i32.eq (local.get $byte) (i32.const 255))))))
          (br_if $corrupt
            (i32.gt_u (local.get $count) (i32.sub (local.get $end) (local.get $at))))
          (br_if $full
            (i32.gt_u (local.get $count) (i32.sub (local.get $outEnd) (local.get $out))))
          (v128.store (local.get $out) (v128.load (local.get $at)))
          (if (i32.gt_u (local.get $count) (i32.const 16)) (then
            (local.set $from (local.get $at))
            (local.set $to (local.get $out))
            (local.set $stop (i32.add (local.get $out) (i32.sub (local.get $count) (i32.const 16))))
            (loop $literals
              (v128.store offset=16 (local.get $to) (v128.load offset=16 (local.get $from)))
              (local.set $from (i32.add (local.get $from) (i32.const 16)))
              (local.set $to (i32.add (local.get $to) (i32.const 16)))
              (br_if $literals (i32.lt_u (local.get $to) (local.get $stop))))))
          (local.set $at (i32.add (local.get $at) (local.get $count)))
          (local.set $out (i32.add (local.get $out) (local.get $count)))
          ;; The last sequence has no match.
          (if (i32.eq (local.get $at) (local.get $end)) (then (return (local.get $out))))

          (br_if $corrupt
            (i32.lt_u (i32.sub (local.get $end) (local.get $at)) (i32.const 2)))
          (local.set $distance (i32.load16_u (local.get $at)))
          (local.set $at (i32.add (local.get $at) (i32.const 2)))
          (br_if $corrupt (i32.eqz (local.get $distance)))
          (br_if $corrupt
            (i32.gt_u (local.get $distance) (i32.sub (local.get $out) (local.get $window))))
          (local.set $count (i32.and (local.get $token) (i32.const 15)))
          (if (i32.eq (local.get $count) (i32.const 15)) (then
            (loop $goesOn
              (br_if $corrupt (i32.ge_u (local.get $at) (local.get $end)))
              (local.set $byte (i32.load8_u (local.get $at)))
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (local.set $count (i32.add (local.get $count) (local.get $byte)))
              (br_if $goesOn (i32.eq (local.get $byte) (i32.const 255))))))
          (local.set $count (i32.add (local.get $count) (i32.const 4)))
          (br_if $full
            (i32.gt_u (local.get $count) (i32.sub (local.get $outEnd) (local.get $out))))
          (local.set $from (i32.sub (local.get $out) (local.get $distance)))
          (local.set $to (local.get $out))
          (local.set $out (i32.add (local.get $out) (local.get $count)))
          (if (i32.ge_u (local.get $distance) (i32.const 16))
            (then
              (v128.store (local.get $to) (v128.load (local.get $from)))
              (v128.store offset=16 (local.get $to) (v128.load offset=16 (local.get $from)))
              (if (i32.gt_u (local.get $count) (i32.const 32)) (then
                (local.set $stop (i32.sub (local.get $out) (i32.const 32)))
                (loop $match
                  (v128.store offset=32 (local.get $to) (v128.load offset=32 (local.get $from)))
                  (local.set $from (i32.add (local.get $from) (i32.const 16)))
                  (local.set $to (i32.add (local.get $to) (i32.const 16)))
                  (br_if $match (i32.lt_u (local.get $to) (local.get $stop)))))))
            (else
              (if (i32.lt_u (local.get $distance) (i32.const 8)) (then
                ;; Eight bytes one by one; from then on the same pattern stands at a distance of
                ;; eight or more, the next multiple.
                (local.set $stop (i32.add (local.get $to) (i32.const 8)))
                (loop $bytes
                  (i32.store8 (local.get $to) (i32.load8_u (local.get $from)))
                  (local.set $from (i32.add (local.get $from) (i32.const 1)))
                  (local.set $to (i32.add (local.get $to) (i32.const 1)))
                  (br_if $bytes (i32.lt_u (local.get $to) (local.get $stop))))
                (local.set $from
                  (i32.sub (local.get $to)
                    (i32.mul (local.get $distance)
                      (i32.div_u
                        (i32.add (local.get $distance) (i32.const 7))
                        (local.get $distance)))))))
              (block $copied
                (loop $pattern
                  (br_if $copied (i32.ge_u (local.get $to) (local.get $out)))
                  (i64.store (local.get $to) (i64.load (local.get $from)))
                  (local.set $from (i32.add (local.get $from) (i32.const 8)))
                  (local.set $to (i32.add (local.get $to) (i32.const 8)))
                  (br $pattern)))))
          (br $sequence)))
      (return (i32.const -2)))
    (i32.const -1))

  ;; xxHash32 of [at, end), seed 0.
  (func (export "xxhash32") (param $at i32) (param $end i32) (result i32)
    (local $hash i32) (local $length i32) (local $a i32) (local $b i32) (local $c i32) (local $d i32)
    (local.set $length (i32.sub (local.get $end) (local.get $at)))
    (local.set $hash (i32.const 0x165667b1))
    (if (i32.ge_u (local.get $length) (i32.const 16)) (then
      (local.set $a (i32.const 0x24234428))
      (local.set $b (i32.const 0x85ebca77))
      (local.set $d (i32.const 0x61c8864f))
      (loop $stripe
        (local.set $a (i32.mul (i32.const 0x9e3779b1) (i32.rotl
          (i32.add (local.get $a) (i32.mul (i32.load (local.get $at)) (i32.const 0x85ebca77)))
          (i32.const 13))))
        (local.set $b (i32.mul (i32.const 0x9e3779b1) (i32.rotl
          (i32.add (local.get $b)
            (i32.mul (i32.load offset=4 (local.get $at)) (i32.const 0x85ebca77)))
          (i32.const 13))))
        (local.set $c (i32.mul (i32.const 0x9e3779b1) (i32.rotl
          (i32.add (local.get $c)
            (i32.mul (i32.load offset=8 (local.get $at)) (i32.const 0x85ebca77)))
          (i32.const 13))))
        (local.set $d (i32.mul (i32.const 0x9e3779b1) (i32.rotl
          (i32.add (local.get $d)
            (i32.mul (i32.load offset=12 (local.get $at)) (i32.const 0x85ebca77)))
          (i32.const 13))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br_if $stripe
          (i32.ge_u (i32.sub (local.get $end) (local.get $at)) (i32.const 16))))
      (local.set $hash
        (i32.add
          (i32.add
            (i32.rotl (local.get $a) (i32.const 1))
            (i32.rotl (local.get $b) (i32.const 7)))
          (i32.add
            (i32.rotl (local.get $c) (i32.const 12))
            (i32.rotl (local.get $d) (i32.const 18)))))))
    (local.set $hash (i32.add (local.get $hash) (local.get $length)))
    (block $noWord
      (loop $words
        (br_if $noWord (i32.lt_u (i32.sub (local.get $end) (local.get $at)) (i32.const 4)))
        (local.set $hash (i32.mul (i32.const 0x27d4eb2f) (i32.rotl
          (i32.add (local.get $hash) (i32.mul (i32.load (local.get $at)) (i32.const 0xc2b2ae3d)))
          (i32.const 17))))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (br $words)))
    (block $done
      (loop $bytes
        (br_if $done (i32.eq (local.get $at) (local.get $end)))
        (local.set $hash (i32.mul (i32.const 0x9e3779b1) (i32.rotl
          (i32.add (local.get $hash)
            (i32.mul (i32.load8_u (local.get $at)) (i32.const 0x165667b1)))
          (i32.const 11))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $bytes)))
    (local.set $hash (i32.mul (i32.const 0x85ebca77)
      (i32.xor (local.get $hash) (i32.shr_u (local.get $hash) (i32.const 15)))))
    (local.set $hash (i32.mul (i32.const 0xc2b2ae3d)
      (i32.xor (local.get $hash) (i32.shr_u (local.get $hash) (i32.const 13)))))
    (i32.xor (local.get $hash) (i32.shr_u (local.get $hash) (i32.const 16)))))
