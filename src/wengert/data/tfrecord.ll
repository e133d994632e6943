; Where the records of TFRecord bytes are; called by formats/tfrecord.py.
;
;   scan_tfrecords(data, n, starts, lengths, most, check, state) -> how many whole records there are
;
; A record: u64 length, u32 masked crc of those 8 bytes, the data, u32 masked crc of the data.
; state[0] becomes the byte after the last whole record; state[1] why the scan ended there:
; 0 the bytes are at an end, 1 the length's sum is wrong, 2 the data's sum is wrong, 3 `most` records were found.

define i64 @scan_tfrecords(ptr %data, i64 %n, ptr %starts, ptr %lengths, i64 %most, i64 %check, ptr %state) {
entry:
  %checked = icmp ne i64 %check, 0
  br label %record
record:
  %k = phi i64 [ 0, %entry ], [ %k1, %found ]
  %at = phi i64 [ 0, %entry ], [ %end, %found ]
  %full = icmp sge i64 %k, %most
  br i1 %full, label %out, label %header
header:
  %left = sub i64 %n, %at
  %has.header = icmp uge i64 %left, 16
  br i1 %has.header, label %length, label %out
length:
  %p = getelementptr i8, ptr %data, i64 %at
  %length.bytes = load i64, ptr %p, align 1
  %sum.p = getelementptr i8, ptr %p, i64 8
  %sum = load i32, ptr %sum.p, align 1
  br i1 %checked, label %check.length, label %body
check.length:
  %is = call i64 @masked_crc32c(ptr %p, i64 8)
  %is32 = trunc i64 %is to i32
  %right = icmp eq i32 %is32, %sum
  br i1 %right, label %body, label %out
body:
  %room = sub i64 %left, 16
  %fits = icmp ule i64 %length.bytes, %room
  br i1 %fits, label %whole, label %out
whole:
  %from = add i64 %at, 12
  %to = add i64 %from, %length.bytes
  br i1 %checked, label %check.data, label %found
check.data:
  %d = getelementptr i8, ptr %data, i64 %from
  %e = getelementptr i8, ptr %data, i64 %to
  %data.sum = load i32, ptr %e, align 1
  %data.is = call i64 @masked_crc32c(ptr %d, i64 %length.bytes)
  %data.is32 = trunc i64 %data.is to i32
  %data.right = icmp eq i32 %data.is32, %data.sum
  br i1 %data.right, label %found, label %out
found:
  %start.p = getelementptr i64, ptr %starts, i64 %k
  %length.p = getelementptr i64, ptr %lengths, i64 %k
  store i64 %from, ptr %start.p, align 8
  store i64 %length.bytes, ptr %length.p, align 8
  %end = add i64 %to, 4
  %k1 = add i64 %k, 1
  br label %record
out:
  %why = phi i64 [ 3, %record ], [ 0, %header ], [ 1, %check.length ], [ 0, %body ], [ 2, %check.data ]
  %why.p = getelementptr i64, ptr %state, i64 1
  store i64 %at, ptr %state, align 8
  store i64 %why, ptr %why.p, align 8
  ret i64 %k
}
