; Numbers such as -12.75 in text, each as a whole number and a count of decimals; called by formats/numbers.py.
;
;   decimals(text, starts, ends, stride, n, mantissas, decimals)
;
; Field k is text[starts[k * stride] : ends[k * stride]]. -12.75 gives mantissas[k] = -1275, decimals[k] = 2. All that is
; not an optional sign, digits, at most 18 of them after leading zeros, and at most one point with a digit after it gives
; decimals[k] = -1.

define i64 @decimals(ptr %text, ptr %starts, ptr %ends, i64 %stride, i64 %n, ptr %mantissas, ptr %decimals) {
entry:
  %any = icmp sgt i64 %n, 0
  br i1 %any, label %field, label %out

field:
  %k = phi i64 [ 0, %entry ], [ %k1, %after ]
  %at = mul i64 %k, %stride
  %start.p = getelementptr i64, ptr %starts, i64 %at
  %end.p = getelementptr i64, ptr %ends, i64 %at
  %mantissa.p = getelementptr i64, ptr %mantissas, i64 %k
  %decimals.p = getelementptr i64, ptr %decimals, i64 %k
  %start = load i64, ptr %start.p, align 8
  %end = load i64, ptr %end.p, align 8
  %holds = icmp slt i64 %start, %end
  br i1 %holds, label %sign, label %bad
sign:
  %sign.p = getelementptr i8, ptr %text, i64 %start
  %first = load i8, ptr %sign.p, align 1
  %minus = icmp eq i8 %first, 45
  %plus = icmp eq i8 %first, 43
  %signed = or i1 %minus, %plus
  %skip = zext i1 %signed to i64
  %from = add i64 %start, %skip
  br label %character

; value, digits seen, those of them after leading zeros, those before the point (-1: no point yet)
character:
  %p = phi i64 [ %from, %sign ], [ %p1, %next ]
  %value = phi i64 [ 0, %sign ], [ %value1, %next ]
  %count = phi i64 [ 0, %sign ], [ %count1, %next ]
  %figures = phi i64 [ 0, %sign ], [ %figures1, %next ]
  %point = phi i64 [ -1, %sign ], [ %point1, %next ]
  %over = icmp sge i64 %p, %end
  br i1 %over, label %finish, label %step
step:
  %c.p = getelementptr i8, ptr %text, i64 %p
  %c = load i8, ptr %c.p, align 1
  %d8 = sub i8 %c, 48
  %is.digit = icmp ult i8 %d8, 10
  br i1 %is.digit, label %digit, label %other
digit:
  %d = zext i8 %d8 to i64
  %ten = mul i64 %value, 10
  %sum = add i64 %ten, %d
  %more = add i64 %count, 1
  %started = icmp ne i64 %figures, 0
  %starts.here = icmp ne i8 %d8, 0
  %figure = or i1 %started, %starts.here
  %one = zext i1 %figure to i64
  %more.figures = add i64 %figures, %one
  br label %next
other:
  %is.point = icmp eq i8 %c, 46
  %is.first = icmp eq i64 %point, -1
  %fits = and i1 %is.point, %is.first
  br i1 %fits, label %next, label %bad
next:
  %value1 = phi i64 [ %sum, %digit ], [ %value, %other ]
  %count1 = phi i64 [ %more, %digit ], [ %count, %other ]
  %figures1 = phi i64 [ %more.figures, %digit ], [ %figures, %other ]
  %point1 = phi i64 [ %point, %digit ], [ %count, %other ]
  %p1 = add i64 %p, 1
  br label %character

finish:
  %some = icmp ne i64 %count, 0
  %few = icmp ule i64 %figures, 18
  %fit = and i1 %some, %few
  %ends.so = icmp ne i64 %point, %count
  %good = and i1 %fit, %ends.so
  br i1 %good, label %store, label %bad
store:
  %negative = sub i64 0, %value
  %mantissa = select i1 %minus, i64 %negative, i64 %value
  store i64 %mantissa, ptr %mantissa.p, align 8
  %after.point = sub i64 %count, %point
  %whole = icmp eq i64 %point, -1
  %places = select i1 %whole, i64 0, i64 %after.point
  store i64 %places, ptr %decimals.p, align 8
  br label %after
bad:
  store i64 -1, ptr %decimals.p, align 8
  br label %after
after:
  %k1 = add i64 %k, 1
  %again = icmp slt i64 %k1, %n
  br i1 %again, label %field, label %out

out:
  ret i64 0
}
