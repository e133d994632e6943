; CRC-32C (Castagnoli, polynomial 0x82F63B78 reflected), the check sum of TFRecord files.
; native.py puts one step over 8 bytes and one over 1, by instruction or bit by bit first.
<STEPS>

define internal i64 @crc32c_of(ptr %data, i64 %n) {
entry:
  %words = lshr i64 %n, 3
  %any = icmp ne i64 %words, 0
  br i1 %any, label %word, label %bytes
word:
  %i = phi i64 [ 0, %entry ], [ %i1, %word ]
  %c = phi i64 [ 4294967295, %entry ], [ %c1, %word ]
  %p = getelementptr i64, ptr %data, i64 %i
  %w = load i64, ptr %p, align 1
  %c1 = call i64 @step8(i64 %c, i64 %w)
  %i1 = add i64 %i, 1
  %more = icmp ult i64 %i1, %words
  br i1 %more, label %word, label %bytes
bytes:
  %c2 = phi i64 [ 4294967295, %entry ], [ %c1, %word ]
  %start = and i64 %n, -8
  %left = icmp ult i64 %start, %n
  br i1 %left, label %byte, label %out
byte:
  %j = phi i64 [ %start, %bytes ], [ %j1, %byte ]
  %d = phi i64 [ %c2, %bytes ], [ %d1, %byte ]
  %q = getelementptr i8, ptr %data, i64 %j
  %b = load i8, ptr %q, align 1
  %d1 = call i64 @step1(i64 %d, i8 %b)
  %j1 = add i64 %j, 1
  %again = icmp ult i64 %j1, %n
  br i1 %again, label %byte, label %out
out:
  %e = phi i64 [ %c2, %bytes ], [ %d1, %byte ]
  %inverse = xor i64 %e, 4294967295
  ret i64 %inverse
}

; The sum as TFRecord files store it: rotated by 15 bits, plus a constant.
define i64 @masked_crc32c(ptr %data, i64 %n) {
  %c64 = call i64 @crc32c_of(ptr %data, i64 %n)
  %c = trunc i64 %c64 to i32
  %low = lshr i32 %c, 15
  %high = shl i32 %c, 17
  %rotated = or i32 %low, %high
  %masked = add i32 %rotated, u0xa282ead8
  %out = zext i32 %masked to i64
  ret i64 %out
}
