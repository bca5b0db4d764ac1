<?php
header("Location: " . $_GET['kembali']); // TEMUAN
