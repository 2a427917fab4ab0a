"use strict";
document.getElementById("submit").submit();
