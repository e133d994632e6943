"""What the array API standard (2024.12) states of special values, function by function.

A line reads `function: operands -> result; operands -> result; ...`. Operands are classes of numbers (`CLASSES`), one
for each operand; of complex functions, one for the real and one for the imaginary part, and so are results. Results are
numbers (`~` before one: of either sign), or an operand (x, y, |x|, -|x|).
"""

REAL = """
abs: NaN -> NaN; -0 -> +0; -inf -> +inf; +inf -> +inf; negative -> |x|
acos: NaN -> NaN; >1 -> NaN; <-1 -> NaN; 1 -> +0
acosh: NaN -> NaN; <1 -> NaN; 1 -> +0; +inf -> +inf
add: NaN any -> NaN; any NaN -> NaN; +inf -inf -> NaN; -inf +inf -> NaN; +inf +inf -> +inf; -inf -inf -> -inf
add: +inf finite -> +inf; -inf finite -> -inf; finite +inf -> +inf; finite -inf -> -inf
add: -0 -0 -> -0; -0 +0 -> +0; +0 -0 -> +0; +0 +0 -> +0; zero nonzero -> y; nonzero zero -> x; nonzero -x -> +0
subtract: NaN any -> NaN; any NaN -> NaN; inf x -> NaN; +inf -inf -> +inf; -inf +inf -> -inf
subtract: +inf finite -> +inf; -inf finite -> -inf; finite +inf -> -inf; finite -inf -> +inf
subtract: -0 +0 -> -0; -0 -0 -> +0; +0 +0 -> +0; +0 -0 -> +0; nonzero zero -> x; nonzero x -> +0
asin: NaN -> NaN; >1 -> NaN; <-1 -> NaN; +0 -> +0; -0 -> -0
asinh: NaN -> NaN; +0 -> +0; -0 -> -0; +inf -> +inf; -inf -> -inf
atan: NaN -> NaN; +0 -> +0; -0 -> -0; +inf -> pi/2; -inf -> -pi/2
atan2: NaN any -> NaN; any NaN -> NaN; >0 zero -> pi/2; +0 >0 -> +0; +0 +0 -> +0; +0 -0 -> pi; +0 <0 -> pi
atan2: -0 >0 -> -0; -0 +0 -> -0; -0 -0 -> -pi; -0 <0 -> -pi; <0 zero -> -pi/2
atan2: positive +inf -> +0; positive -inf -> pi; negative +inf -> -0; negative -inf -> -pi
atan2: +inf finite -> pi/2; -inf finite -> -pi/2
atan2: +inf +inf -> pi/4; +inf -inf -> 3pi/4; -inf +inf -> -pi/4; -inf -inf -> -3pi/4
atanh: NaN -> NaN; <-1 -> NaN; >1 -> NaN; -1 -> -inf; 1 -> +inf; +0 -> +0; -0 -> -0
ceil: whole -> x; +inf -> +inf; -inf -> -inf; +0 -> +0; -0 -> -0; NaN -> NaN
floor: whole -> x; +inf -> +inf; -inf -> -inf; +0 -> +0; -0 -> -0; NaN -> NaN
trunc: whole -> x; +inf -> +inf; -inf -> -inf; +0 -> +0; -0 -> -0; NaN -> NaN
round: whole -> x; +inf -> +inf; -inf -> -inf; +0 -> +0; -0 -> -0; NaN -> NaN
round: 0.5 -> +0; 1.5 -> 2; 2.5 -> 2; 3.5 -> 4; -0.5 -> -0; -1.5 -> -2; -2.5 -> -2
copysign: any <0 -> -|x|; any -0 -> -|x|; any +0 -> |x|; any >0 -> |x|; any -NaN -> -|x|; any +NaN -> |x|
cos: NaN -> NaN; zero -> 1; inf -> NaN
cosh: NaN -> NaN; zero -> 1; inf -> +inf
divide: NaN any -> NaN; any NaN -> NaN; inf inf -> NaN; zero zero -> NaN
divide: +0 >0 -> +0; -0 >0 -> -0; +0 <0 -> -0; -0 <0 -> +0; >0 +0 -> +inf; >0 -0 -> -inf; <0 +0 -> -inf; <0 -0 -> +inf
divide: +inf positive -> +inf; +inf negative -> -inf; -inf positive -> -inf; -inf negative -> +inf
divide: positive +inf -> +0; positive -inf -> -0; negative +inf -> -0; negative -inf -> +0
divide: positive positive -> >=0; negative negative -> >=0; positive negative -> <=0; negative positive -> <=0
reciprocal: NaN -> NaN; +0 -> +inf; -0 -> -inf; +inf -> +0; -inf -> -0
equal: NaN any -> False; any NaN -> False; inf x -> True; zero zero -> True; finite x -> True
equal: +inf -inf -> False; positive negative -> False; inf finite -> False
not_equal: NaN any -> True; any NaN -> True; +inf -inf -> True; -inf +inf -> True; positive negative -> True
not_equal: inf x -> False; zero zero -> False; finite x -> False
exp: NaN -> NaN; zero -> 1; +inf -> +inf; -inf -> +0
expm1: NaN -> NaN; +0 -> +0; -0 -> -0; +inf -> +inf; -inf -> -1
floor_divide: NaN any -> NaN; any NaN -> NaN; inf inf -> NaN; zero zero -> NaN
floor_divide: +0 >0 -> +0; -0 >0 -> -0; +0 <0 -> -0; -0 <0 -> +0
floor_divide: >0 +0 -> +inf; >0 -0 -> -inf; <0 +0 -> -inf; <0 -0 -> +inf
floor_divide: +inf positive -> +inf; +inf negative -> -inf; -inf positive -> -inf; -inf negative -> +inf
floor_divide: positive +inf -> +0; positive -inf -> -0; negative +inf -> -0; negative -inf -> +0
floor_divide: positive positive -> >=0; negative negative -> >=0; positive negative -> <=0; negative positive -> <=0
hypot: inf any -> +inf; any inf -> +inf; zero number -> |y|; number zero -> |x|; finite NaN -> NaN; NaN finite -> NaN
hypot: NaN NaN -> NaN
isfinite: inf -> False; NaN -> False; finite -> True
isinf: inf -> True; NaN -> False; finite -> False
isnan: NaN -> True; inf -> False; finite -> False
log: NaN -> NaN; <0 -> NaN; zero -> -inf; 1 -> +0; +inf -> +inf
log1p: NaN -> NaN; <-1 -> NaN; -1 -> -inf; -0 -> -0; +0 -> +0; +inf -> +inf
log2: NaN -> NaN; <0 -> NaN; zero -> -inf; 1 -> +0; +inf -> +inf
log10: NaN -> NaN; <0 -> NaN; zero -> -inf; 1 -> +0; +inf -> +inf
logaddexp: NaN any -> NaN; any NaN -> NaN; +inf number -> +inf; number +inf -> +inf
maximum: NaN any -> NaN; any NaN -> NaN; +inf number -> +inf; number -inf -> x
minimum: NaN any -> NaN; any NaN -> NaN; -inf number -> -inf; number +inf -> x
multiply: NaN any -> NaN; any NaN -> NaN; inf zero -> NaN; zero inf -> NaN
multiply: >0 +inf -> +inf; >0 -inf -> -inf; <0 +inf -> -inf; <0 -inf -> +inf
multiply: +inf >0 -> +inf; -inf >0 -> -inf; +inf <0 -> -inf; -inf <0 -> +inf
multiply: positive positive -> >=0; negative negative -> >=0; positive negative -> <=0; negative positive -> <=0
multiply: +0 positive -> +0; -0 positive -> -0; +0 negative -> -0; -0 negative -> +0
square: NaN -> NaN; inf -> +inf; zero -> +0
negative: NaN -> NaN; +0 -> -0; -0 -> +0; +inf -> -inf; -inf -> +inf
nextafter: NaN any -> NaN; any NaN -> NaN; -0 +0 -> +0; +0 -0 -> -0; number x -> x
pow: not1 NaN -> NaN; any zero -> 1; NaN nonzero -> NaN; >1 +inf -> +inf; <-1 +inf -> +inf; >1 -inf -> +0
pow: <-1 -inf -> +0
pow: 1 inf -> 1; -1 inf -> 1; 1 number -> 1; small +inf -> +0; small -inf -> +inf; +inf >0 -> +inf; +inf <0 -> +0
pow: -inf odd -> -inf; -inf even -> +inf; -inf fraction -> +inf; -inf -odd -> -0; -inf -even -> +0; -inf -fraction -> +0
pow: +0 >0 -> +0; +0 <0 -> +inf
pow: -0 odd -> -0; -0 even -> +0; -0 fraction -> +0; -0 -odd -> -inf; -0 -even -> +inf; -0 -fraction -> +inf
pow: negative fraction -> NaN; negative -fraction -> NaN
remainder: NaN any -> NaN; any NaN -> NaN; inf inf -> NaN; zero zero -> NaN
remainder: zero >0 -> +0; zero <0 -> -0; nonzero zero -> NaN; inf nonzero -> NaN
remainder: positive +inf -> x; positive -inf -> y; negative +inf -> y; negative -inf -> x
sign: negative -> -1; zero -> ~0; positive -> 1; NaN -> NaN; +inf -> 1; -inf -> -1
signbit: +0 -> False; -0 -> True; +inf -> False; -inf -> True; positive -> False; negative -> True; +NaN -> False
signbit: -NaN -> True
sin: NaN -> NaN; +0 -> +0; -0 -> -0; inf -> NaN
sinh: NaN -> NaN; +0 -> +0; -0 -> -0; +inf -> +inf; -inf -> -inf
sqrt: NaN -> NaN; <0 -> NaN; +0 -> +0; -0 -> -0; +inf -> +inf
tan: NaN -> NaN; +0 -> +0; -0 -> -0; inf -> NaN
tanh: NaN -> NaN; +0 -> +0; -0 -> -0; +inf -> 1; -inf -> -1
"""

# Of sqrt the standard has the infinities of the real part exchanged, and a NaN beside each finite number and infinity
# that it gives elsewhere: here stands what C99 says, and the formula.
COMPLEX = """
abs: inf any -> +inf; any inf -> +inf; zero finite -> |y|; finite zero -> |x|; NaN finite -> NaN; finite NaN -> NaN
abs: NaN NaN -> NaN
acos: zero +0 -> pi/2 -0; zero NaN -> pi/2 NaN; finite +inf -> pi/2 -inf; nonzero NaN -> NaN NaN
acos: -inf positive -> pi -inf; +inf positive -> +0 -inf; -inf +inf -> 3pi/4 -inf; +inf +inf -> pi/4 -inf
acos: inf NaN -> NaN ~inf; NaN finite -> NaN NaN; NaN +inf -> NaN -inf; NaN NaN -> NaN NaN
acosh: zero +0 -> +0 pi/2; finite +inf -> +inf pi/2; nonzero NaN -> NaN NaN; +0 NaN -> NaN ~pi/2
acosh: -inf positive -> +inf pi; +inf positive -> +inf +0; -inf +inf -> +inf 3pi/4; +inf +inf -> +inf pi/4
acosh: inf NaN -> +inf NaN; NaN finite -> NaN NaN; NaN +inf -> +inf NaN; NaN NaN -> NaN NaN
asinh: +0 +0 -> +0 +0; positive +inf -> +inf pi/2; finite NaN -> NaN NaN; +inf positive -> +inf +0
asinh: +inf +inf -> +inf pi/4; NaN +0 -> NaN +0; NaN nonzero -> NaN NaN; NaN +inf -> ~inf NaN; NaN NaN -> NaN NaN
atanh: +0 +0 -> +0 +0; +0 NaN -> +0 NaN; 1 +0 -> +inf +0; positive +inf -> +0 pi/2; nonzero NaN -> NaN NaN
atanh: +inf positive -> +0 pi/2; +inf +inf -> +0 pi/2; +inf NaN -> +0 NaN; NaN finite -> NaN NaN
atanh: NaN +inf -> ~0 pi/2; NaN NaN -> NaN NaN
cosh: +0 +0 -> 1 +0; +0 +inf -> NaN ~0; +0 NaN -> NaN ~0; nonzero +inf -> NaN NaN; nonzero NaN -> NaN NaN
cosh: +inf +0 -> +inf +0; +inf nonzero -> inf.cis; +inf +inf -> ~inf NaN; +inf NaN -> +inf NaN
cosh: NaN zero -> NaN ~0; NaN nonzero -> NaN NaN; NaN NaN -> NaN NaN
exp: zero +0 -> 1 +0; finite +inf -> NaN NaN; finite NaN -> NaN NaN; +inf +0 -> +inf +0; -inf finite -> 0.cis
exp: +inf nonzero -> inf.cis; -inf +inf -> ~0 ~0; +inf +inf -> ~inf NaN; -inf NaN -> ~0 ~0; +inf NaN -> ~inf NaN
exp: NaN +0 -> NaN +0; NaN nonzero -> NaN NaN; NaN inf -> NaN NaN; NaN NaN -> NaN NaN
expm1: zero +0 -> ~0 +0; finite +inf -> NaN NaN; finite NaN -> NaN NaN; +inf +0 -> +inf +0; -inf finite -> 0.cis-1
expm1: +inf nonzero -> inf.cis; -inf +inf -> -1 ~0; +inf +inf -> ~inf NaN; -inf NaN -> -1 ~0; +inf NaN -> ~inf NaN
expm1: NaN +0 -> NaN +0; NaN nonzero -> NaN NaN; NaN inf -> NaN NaN; NaN NaN -> NaN NaN
isfinite: NaN any -> False; any NaN -> False; inf any -> False; any inf -> False; finite finite -> True
isinf: inf any -> True; any inf -> True; finite finite -> False; NaN finite -> False; finite NaN -> False
isinf: NaN NaN -> False
isnan: NaN any -> True; any NaN -> True; number number -> False
log: -0 +0 -> -inf pi; +0 +0 -> -inf +0; finite +inf -> +inf pi/2; finite NaN -> NaN NaN; -inf positive -> +inf pi
log: +inf positive -> +inf +0; -inf +inf -> +inf 3pi/4; +inf +inf -> +inf pi/4; inf NaN -> +inf NaN
log: NaN finite -> NaN NaN; NaN +inf -> +inf NaN; NaN NaN -> NaN NaN
log1p: -1 +0 -> -inf +0; finite +inf -> +inf pi/2; finite NaN -> NaN NaN; -inf positive -> +inf pi
log1p: +inf positive -> +inf +0; -inf +inf -> +inf 3pi/4; +inf +inf -> +inf pi/4; inf NaN -> +inf NaN
log1p: NaN finite -> NaN NaN; NaN +inf -> +inf NaN; NaN NaN -> NaN NaN
round: whole +inf -> x +inf; -0.5 2.5 -> -0 2; NaN -inf -> NaN -inf; +0 -0 -> +0 -0
negative: +0 -0 -> -0 +0; +inf NaN -> -inf NaN
conj: +0 +0 -> +0 -0; NaN +inf -> NaN -inf
sign: zero zero -> ~0 ~0; NaN any -> NaN NaN; any NaN -> NaN NaN; zero positive -> ~0 1; negative zero -> -1 ~0
sinh: +0 +0 -> +0 +0; +0 +inf -> ~0 NaN; +0 NaN -> ~0 NaN; positive +inf -> NaN NaN; positive NaN -> NaN NaN
sinh: +inf +0 -> +inf +0; +inf positive -> inf.cis; +inf +inf -> ~inf NaN; +inf NaN -> ~inf NaN
sinh: NaN +0 -> NaN +0; NaN nonzero -> NaN NaN; NaN NaN -> NaN NaN
sqrt: zero +0 -> +0 +0; any +inf -> +inf +inf; finite NaN -> NaN NaN; -inf positive -> +0 +inf; +inf positive -> +inf +0
sqrt: -inf NaN -> NaN ~inf; +inf NaN -> +inf NaN; NaN finite -> NaN NaN; NaN NaN -> NaN NaN
tanh: +0 +0 -> +0 +0; nonzero +inf -> NaN NaN; +0 +inf -> +0 NaN; nonzero NaN -> NaN NaN; +0 NaN -> +0 NaN
tanh: +inf positive -> 1 ~0; +inf +inf -> 1 ~0; +inf NaN -> 1 ~0; NaN +0 -> NaN +0; NaN nonzero -> NaN NaN
tanh: NaN NaN -> NaN NaN
"""

# f(z) of the first is -i g(iz) of the second.
TURNED = {"asin": "asinh", "atan": "atanh", "sin": "sinh", "tan": "tanh"}
ODD = ("asinh", "atanh", "sinh", "tanh")
