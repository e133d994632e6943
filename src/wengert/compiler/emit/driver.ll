; The driver; see driver.py, which fills in the names in angle brackets.

declare i64 @llvm.readcyclecounter()
declare i64 @llvm.umin.i64(i64, i64)

; Word n of a row of words, as an integer and as an address.
define internal i64 @word(ptr %row, i64 %n) alwaysinline #0 {
  %p = getelementptr i64, ptr %row, i64 %n
  %x = load i64, ptr %p, align 8
  ret i64 %x
}
define internal ptr @address(ptr %row, i64 %n) alwaysinline #0 {
  %p = getelementptr i64, ptr %row, i64 %n
  %x = load ptr, ptr %p, align 8
  ret ptr %x
}

; One turn of waiting: pause, and let others run every YIELD_SPINS turns.
define internal void @wait_turn(ptr %team, i64 %turn) #0 {
  <PAUSE>
  %spins = call i64 @word(ptr %team, i64 <Team.YIELD_SPINS>)
  %mask = sub i64 %spins, 1
  %low = and i64 %turn, %mask
  %due = icmp eq i64 %low, %mask
  br i1 %due, label %yield, label %out
yield:
  %f = call ptr @address(ptr %team, i64 <Team.YIELD>)
  %r = call i32 %f()
  br label %out
out:
  ret void
}

; What is decided at a barrier: kind 0 nothing, 1 the byte at %cell is 0, 2 the word at %cell is not 0.
define internal i64 @verdict(i64 %kind, ptr %cell) #0 {
  switch i64 %kind, label %none [ i64 1, label %byte
                                  i64 2, label %error ]
byte:
  %b = load i8, ptr %cell, align 1
  %false = icmp eq i8 %b, 0
  %v1 = zext i1 %false to i64
  ret i64 %v1
error:
  %code = load i64, ptr %cell, align 8
  %set = icmp ne i64 %code, 0
  %v2 = zext i1 %set to i64
  ret i64 %v2
none:
  ret i64 0
}

; Wait for all threads; returns cancelled * 2 + verdict, the same for all.
define internal i64 @barrier(ptr %team, i64 %threads, i64 %kind, ptr %cell) #0 {
  %alone = icmp eq i64 %threads, 1
  br i1 %alone, label %one, label %several
one:
  %v = call i64 @verdict(i64 %kind, ptr %cell)
  ret i64 %v
several:
  %sense = getelementptr i64, ptr %team, i64 <Team.SENSE>
  %arrived = getelementptr i64, ptr %team, i64 <Team.ARRIVED>
  %before = load atomic i64, ptr %sense monotonic, align 8
  %n = atomicrmw add ptr %arrived, i64 1 acq_rel, align 8
  %n1 = add i64 %n, 1
  %last = icmp eq i64 %n1, %threads
  br i1 %last, label %release, label %wait
release:
  %d = call i64 @verdict(i64 %kind, ptr %cell)
  %cp = getelementptr i64, ptr %team, i64 <Team.CANCEL>
  %cancel = load atomic i64, ptr %cp monotonic, align 8
  %c2 = shl i64 %cancel, 1
  %bits = or i64 %d, %c2
  %generation = lshr i64 %before, 2
  %next = add i64 %generation, 1
  %shifted = shl i64 %next, 2
  %after = or i64 %shifted, %bits
  store atomic i64 0, ptr %arrived monotonic, align 8
  store atomic i64 %after, ptr %sense release, align 8
  ret i64 %bits
wait:
  %turn = phi i64 [ 0, %several ], [ %turn1, %again ]
  %now = load atomic i64, ptr %sense acquire, align 8
  %changed = icmp ne i64 %now, %before
  br i1 %changed, label %go, label %again
again:
  call void @wait_turn(ptr %team, i64 %turn)
  %turn1 = add i64 %turn, 1
  br label %wait
go:
  %told = and i64 %now, 3
  ret i64 %told
}

; Whether a signal's handler has raised: asks now and then.
define internal i1 @interrupted(ptr %polled, ptr %poll, i64 %ticks) #0 {
  %now = call i64 @llvm.readcyclecounter()
  %since = load i64, ptr %polled, align 8
  %passed = sub i64 %now, %since
  %due = icmp ugt i64 %passed, %ticks
  br i1 %due, label %ask, label %no
ask:
  store i64 %now, ptr %polled, align 8
  %answer = call i32 %poll()
  %stop = icmp ne i32 %answer, 0
  ret i1 %stop
no:
  ret i1 false
}

; Walk the program as one thread. Returns 1 if the run was cancelled.
define internal i64 @run(ptr %header, i64 %thread, i64 %threads) #0 {
entry:
  %pc = alloca i64, align 8
  %polled = alloca i64, align 8
  store i64 0, ptr %pc, align 8
  %begin = call i64 @llvm.readcyclecounter()
  store i64 %begin, ptr %polled, align 8
  %team = call ptr @address(ptr %header, i64 <Header.TEAM>)
  %code = call ptr @address(ptr %header, i64 <Header.INSTRUCTIONS>)
  %error = call ptr @address(ptr %header, i64 <Header.ERROR>)
  %poll = call ptr @address(ptr %header, i64 <Header.POLL>)
  %ticks = call i64 @word(ptr %header, i64 <Header.POLL_TICKS>)
  %first = icmp eq i64 %thread, 0
  %can_poll = icmp ne ptr %poll, null
  %polls = and i1 %first, %can_poll
  %shared = call ptr @address(ptr %header, i64 <Header.TABLE>)
  %copies = call ptr @address(ptr %header, i64 <Header.COPIES>)
  %words = call i64 @word(ptr %header, i64 <Header.WORDS>)
  %skip = mul i64 %thread, %words
  %table = getelementptr i64, ptr %copies, i64 %skip
  br label %fill

fill:
  %i = phi i64 [ 0, %entry ], [ %i8, %fill ]
  %from = getelementptr i64, ptr %shared, i64 %i
  %to = getelementptr i64, ptr %table, i64 %i
  %line = load <8 x i64>, ptr %from, align 8
  store <8 x i64> %line, ptr %to, align 8
  %i8 = add i64 %i, 8
  %more = icmp ult i64 %i8, %words
  br i1 %more, label %fill, label %step

step:
  %n = load i64, ptr %pc, align 8
  %n1 = add i64 %n, 1
  store i64 %n1, ptr %pc, align 8
  %at = mul i64 %n, <WIDTH>
  %ip = getelementptr i64, ptr %code, i64 %at
  %op = call i64 @word(ptr %ip, i64 0)
  %a = call i64 @word(ptr %ip, i64 1)
  %b = call i64 @word(ptr %ip, i64 2)
  %c = call i64 @word(ptr %ip, i64 3)
  %ta = getelementptr i64, ptr %table, i64 %a
  switch i64 %op, label %end [ i64 <Op.KERNEL>, label %kernel
                               i64 <Op.BARRIER>, label %meet
                               i64 <Op.JUMP>, label %jump
                               i64 <Op.BRANCH_FALSE>, label %branch_false
                               i64 <Op.BRANCH_LESS>, label %branch_less
                               i64 <Op.SET>, label %set
                               i64 <Op.ADD>, label %add
                               i64 <Op.ADD_ENTRY>, label %add_entry
                               i64 <Op.MOVE>, label %move
                               i64 <Op.COPY>, label %copy
                               i64 <Op.CHECK>, label %check
                               i64 <Op.HOST>, label %host ]
jump:
  store i64 %a, ptr %pc, align 8
  br label %step
end:
  ret i64 0
cancelled:
  ret i64 1

kernel:
  %function = inttoptr i64 %a to ptr
  %slots = inttoptr i64 %b to ptr
  %known = icmp ne i64 %c, 0
  br i1 %known, label %measure, label %whole
whole:
  call void %function(ptr %table, ptr %slots, i64 %thread, i64 %threads)
  br i1 %polls, label %look, label %step
look:
  %stop = call i1 @interrupted(ptr %polled, ptr %poll, i64 %ticks)
  br i1 %stop, label %cancel, label %step

; A long kernel is asked for in parts, as if there were so many threads; between two of them, it can be stopped.
; Every thread has as many.
measure:
  %work = call i64 @word(ptr %table, i64 %c)
  %all = lshr i64 %work, <PART_BITS>
  %most = call i64 @llvm.umin.i64(i64 %all, i64 <MOST_PARTS>)
  %share = udiv i64 %most, %threads
  %long = icmp ugt i64 %share, 1
  br i1 %long, label %mine, label %whole
mine:
  %parts = mul i64 %share, %threads
  %first_part = mul i64 %share, %thread
  %last_part = add i64 %first_part, %share
  br label %part
part:
  %p = phi i64 [ %first_part, %mine ], [ %p1, %part_first ], [ %p1, %part_look ], [ %p1, %part_obey ]
  %part_left = icmp ult i64 %p, %last_part
  br i1 %part_left, label %part_run, label %step
part_run:
  call void %function(ptr %table, ptr %slots, i64 %p, i64 %parts)
  %p1 = add i64 %p, 1
  br i1 %first, label %part_first, label %part_obey
part_first:
  br i1 %polls, label %part_look, label %part
part_look:
  %part_stop = call i1 @interrupted(ptr %polled, ptr %poll, i64 %ticks)
  br i1 %part_stop, label %cancel, label %part
part_obey:
  %told_p = getelementptr i64, ptr %team, i64 <Team.CANCEL>
  %told_now = load atomic i64, ptr %told_p monotonic, align 8
  %go_on = icmp eq i64 %told_now, 0
  br i1 %go_on, label %part, label %step

cancel:
  %alone = icmp eq i64 %threads, 1
  br i1 %alone, label %cancelled, label %tell
tell:
  %cp = getelementptr i64, ptr %team, i64 <Team.CANCEL>
  store atomic i64 1, ptr %cp monotonic, align 8
  br label %step

host:
  br i1 %first, label %host_run, label %step
host_run:
  %host_function = inttoptr i64 %a to ptr
  %went_well = call i64 %host_function(ptr %table)
  %host_failed = icmp ne i64 %went_well, 1
  br i1 %host_failed, label %cancel, label %step

branch_false:
  %condition = call ptr @address(ptr %table, i64 %b)
  br label %meet
check:
  br label %meet
meet:
  %kind = phi i64 [ 0, %step ], [ 1, %branch_false ], [ 2, %check ]
  %cell = phi ptr [ null, %step ], [ %condition, %branch_false ], [ %error, %check ]
  %told = call i64 @barrier(ptr %team, i64 %threads, i64 %kind, ptr %cell)
  switch i64 %told, label %cancelled [ i64 0, label %step
                                       i64 1, label %jump ]

branch_less:
  %less_x = call i64 @word(ptr %table, i64 %b)
  %less_y = call i64 @word(ptr %table, i64 %c)
  %less = icmp slt i64 %less_x, %less_y
  br i1 %less, label %jump, label %step
set:
  store i64 %b, ptr %ta, align 8
  br label %step
add:
  %add_x = load i64, ptr %ta, align 8
  %add_sum = add i64 %add_x, %b
  store i64 %add_sum, ptr %ta, align 8
  br label %step
add_entry:
  %entry_x = load i64, ptr %ta, align 8
  %entry_y = call i64 @word(ptr %table, i64 %b)
  %entry_sum = add i64 %entry_x, %entry_y
  store i64 %entry_sum, ptr %ta, align 8
  br label %step
move:
  %moved = call i64 @word(ptr %table, i64 %b)
  store i64 %moved, ptr %ta, align 8
  br label %step

copy:
  %to_bytes = load ptr, ptr %ta, align 8
  %from_bytes = call ptr @address(ptr %table, i64 %b)
  br i1 %first, label %copy_more, label %step
copy_more:
  %k = phi i64 [ 0, %copy ], [ %k1, %copy_byte ]
  %left = icmp slt i64 %k, %c
  br i1 %left, label %copy_byte, label %step
copy_byte:
  %sp = getelementptr i8, ptr %from_bytes, i64 %k
  %dp = getelementptr i8, ptr %to_bytes, i64 %k
  %byte = load i8, ptr %sp, align 1
  store i8 %byte, ptr %dp, align 1
  %k1 = add i64 %k, 1
  br label %copy_more
}

; The program that is to run first, if there is one, then this one.
define internal i64 @run_both(ptr %header, i64 %thread, i64 %threads) #0 {
  %first = call ptr @address(ptr %header, i64 <Header.FIRST>)
  %none = icmp eq ptr %first, null
  br i1 %none, label %own, label %before
before:
  %r = call i64 @run(ptr %first, i64 %thread, i64 %threads)
  %team = call ptr @address(ptr %header, i64 <Header.TEAM>)
  %told = call i64 @barrier(ptr %team, i64 %threads, i64 0, ptr null)
  br label %own
own:
  %cancelled = call i64 @run(ptr %header, i64 %thread, i64 %threads)
  ret i64 %cancelled
}

define i64 @launch(ptr %header) #0 {
entry:
  %team = call ptr @address(ptr %header, i64 <Header.TEAM>)
  %error = call ptr @address(ptr %header, i64 <Header.ERROR>)
  %threads = call i64 @word(ptr %header, i64 <Header.THREADS>)
  store <8 x i64> zeroinitializer, ptr %error, align 8
  %several = icmp ugt i64 %threads, 1
  br i1 %several, label %claim, label %alone

; A team at work for another program, or stopped for good, is not waited for.
claim:
  %busy_p = getelementptr i64, ptr %team, i64 <Team.BUSY>
  %claimed = cmpxchg ptr %busy_p, i64 0, i64 1 acquire monotonic, align 8
  %got = extractvalue { i64, i1 } %claimed, 1
  br i1 %got, label %share, label %alone

alone:
  %cancelled_alone = call i64 @run_both(ptr %header, i64 0, i64 1)
  br label %finish

share:
  %header_p = getelementptr i64, ptr %team, i64 <Team.HEADER>
  %cancel_p = getelementptr i64, ptr %team, i64 <Team.CANCEL>
  %done_p = getelementptr i64, ptr %team, i64 <Team.DONE>
  %workers = getelementptr i64, ptr %team, i64 <Team.WORKERS>
  store ptr %header, ptr %header_p, align 8
  store atomic i64 0, ptr %cancel_p monotonic, align 8
  store atomic i64 0, ptr %done_p monotonic, align 8
  br label %start

; All are told before any is woken: waking one takes a system call.
start:
  %i = phi i64 [ 1, %share ], [ %i1, %start ]
  %start_at = mul i64 %i, <WORKER_WORDS>
  %start_p = getelementptr i64, ptr %workers, i64 %start_at
  %old = atomicrmw add ptr %start_p, i64 1 seq_cst, align 8
  %i1 = add i64 %i, 1
  %start_more = icmp ult i64 %i1, %threads
  br i1 %start_more, label %start, label %wake
wake:
  %j = phi i64 [ 1, %start ], [ %j1, %wake_next ]
  %wake_at = mul i64 %j, <WORKER_WORDS>
  %wake_p = getelementptr i64, ptr %workers, i64 %wake_at
  %asleep_p = getelementptr i64, ptr %wake_p, i64 1
  %asleep = load atomic i64, ptr %asleep_p seq_cst, align 8
  %sleeps = icmp ne i64 %asleep, 0
  br i1 %sleeps, label %wake_one, label %wake_next
wake_one:
  call void @wake(ptr %team, ptr %wake_p)
  br label %wake_next
wake_next:
  %j1 = add i64 %j, 1
  %wake_more = icmp ult i64 %j1, %threads
  br i1 %wake_more, label %wake, label %go

go:
  %left = call i64 @run_both(ptr %header, i64 0, i64 %threads)
  %others = sub i64 %threads, 1
  br label %join
join:
  %turn = phi i64 [ 0, %go ], [ %turn1, %join_wait ]
  %done = load atomic i64, ptr %done_p acquire, align 8
  %all = icmp eq i64 %done, %others
  br i1 %all, label %joined, label %join_wait
join_wait:
  call void @wait_turn(ptr %team, i64 %turn)
  %turn1 = add i64 %turn, 1
  br label %join
joined:
  %cancelled_all = load atomic i64, ptr %cancel_p monotonic, align 8
  store atomic i64 0, ptr %busy_p release, align 8
  br label %finish

finish:
  %cancelled = phi i64 [ %cancelled_alone, %alone ], [ %cancelled_all, %joined ]
  %stopped = icmp ne i64 %cancelled, 0
  %code = load i64, ptr %error, align 8
  %result = select i1 %stopped, i64 <CANCELLED>, i64 %code
  ret i64 %result
}

define i64 @work(ptr %team, i64 %thread) #0 {
entry:
  %workers = getelementptr i64, ptr %team, i64 <Team.WORKERS>
  %at = mul i64 %thread, <WORKER_WORDS>
  %generation = getelementptr i64, ptr %workers, i64 %at
  %done_p = getelementptr i64, ptr %team, i64 <Team.DONE>
  br label %park
park:
  %seen = phi i64 [ 0, %entry ], [ %now, %job ]
  %now = call i64 @next_launch(ptr %team, ptr %generation, i64 %seen)
  %stop = icmp slt i64 %now, 0
  br i1 %stop, label %out, label %job
job:
  %header = call ptr @address(ptr %team, i64 <Team.HEADER>)
  %threads = call i64 @word(ptr %header, i64 <Header.THREADS>)
  %cancelled = call i64 @run_both(ptr %header, i64 %thread, i64 %threads)
  %others = atomicrmw add ptr %done_p, i64 1 release, align 8
  br label %park
out:
  ret i64 0
}

; End the workers, after the program they are at. The team stays busy for ever.
define i64 @stop(ptr %team) #0 {
entry:
  %busy_p = getelementptr i64, ptr %team, i64 <Team.BUSY>
  %size = call i64 @word(ptr %team, i64 <Team.SIZE>)
  br label %claim
claim:
  %turn = phi i64 [ 0, %entry ], [ %turn1, %taken ]
  %claimed = cmpxchg ptr %busy_p, i64 0, i64 1 acquire monotonic, align 8
  %got = extractvalue { i64, i1 } %claimed, 1
  br i1 %got, label %next, label %taken
taken:
  call void @wait_turn(ptr %team, i64 %turn)
  %turn1 = add i64 %turn, 1
  br label %claim
next:
  %i = phi i64 [ 1, %claim ], [ %i1, %end_one ]
  %more = icmp ult i64 %i, %size
  br i1 %more, label %end_one, label %out
end_one:
  %at = mul i64 %i, <WORKER_WORDS>
  %workers = getelementptr i64, ptr %team, i64 <Team.WORKERS>
  %generation = getelementptr i64, ptr %workers, i64 %at
  store atomic i64 -1, ptr %generation seq_cst, align 8
  call void @wake(ptr %team, ptr %generation)
  %i1 = add i64 %i, 1
  br label %next
out:
  ret i64 0
}

; Wait until a worker's generation is not %seen any more: awake for PARK_SPINS turns, then asleep.
define internal i64 @next_launch(ptr %team, ptr %generation, i64 %seen) #0 {
entry:
  %spins = call i64 @word(ptr %team, i64 <Team.PARK_SPINS>)
  %asleep = getelementptr i64, ptr %generation, i64 1
  br label %awake
awake:
  %turn = phi i64 [ 0, %entry ], [ %turn1, %pause ]
  %now = load atomic i64, ptr %generation acquire, align 8
  %new = icmp ne i64 %now, %seen
  br i1 %new, label %out, label %more
more:
  %tired = icmp uge i64 %turn, %spins
  br i1 %tired, label %sleep, label %pause
pause:
  call void @wait_turn(ptr %team, i64 %turn)
  %turn1 = add i64 %turn, 1
  br label %awake
sleep:
  %was = atomicrmw xchg ptr %asleep, i64 1 seq_cst, align 8
  br label %check
check:
  %then = load atomic i64, ptr %generation seq_cst, align 8
  %told = icmp ne i64 %then, %seen
  br i1 %told, label %rise, label %doze
doze:
  call void @doze(ptr %team, ptr %generation, i64 %seen)
  br label %check
rise:
  store atomic i64 0, ptr %asleep monotonic, align 8
  ret i64 %then
out:
  ret i64 %now
}

; Sleep until woken, unless the low half of %generation is not that of %seen; may return for no reason.
define internal void @doze(ptr %team, ptr %generation, i64 %seen) #0 {
  %futex = call ptr @address(ptr %team, i64 <Team.FUTEX>)
  %none = icmp eq ptr %futex, null
  br i1 %none, label %nap, label %wait
nap:
  %sleep = call ptr @address(ptr %team, i64 <Team.SLEEP>)
  %r1 = call i32 %sleep(i32 100)
  ret void
wait:
  %number = call i64 @word(ptr %team, i64 <Team.FUTEX_NUMBER>)
  %low = and i64 %seen, 4294967295
  %r2 = call i64 (i64, ...) %futex(i64 %number, ptr %generation, i64 <FUTEX_WAIT>, i64 %low, ptr null)
  ret void
}

define internal void @wake(ptr %team, ptr %generation) #0 {
  %futex = call ptr @address(ptr %team, i64 <Team.FUTEX>)
  %none = icmp eq ptr %futex, null
  br i1 %none, label %out, label %call
call:
  %number = call i64 @word(ptr %team, i64 <Team.FUTEX_NUMBER>)
  %r = call i64 (i64, ...) %futex(i64 %number, ptr %generation, i64 <FUTEX_WAKE>, i64 1)
  br label %out
out:
  ret void
}

; Else LLVM would recognise the copying loops as memcpy, a symbol of libc.
attributes #0 = { nounwind "no-builtins" }
