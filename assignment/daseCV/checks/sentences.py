# Generated from daseCV/checks/sentences.py by "dasecv release".
"""What checks and feedback say: each sentence as a pattern, and its Chinese.

Only the tables are here; `words` applies them. Names, numbers, shapes and code stay as they are.
"""

LABELS = {
    "got": "得到",
    "expected": "应为",
    "where": "哪里",
    "how": "规律",
    "asked": "问的是",
    "promised": "文档里说",
    "printed": "打印了",
}

AXES = {
    "image": "张图",
    "filter": "个卷积核",
    "channel": "个通道",
    "row": "行",
    "column": "列",
}

VERDICTS = (
    (r"^✗ not graded: student error$", r"✗ 没有评分：代码出错"),
    (r"^✗ not graded: out of time$", r"✗ 没有评分：超时"),
    (r"^✗ not graded: out of memory$", r"✗ 没有评分：内存超限"),
    (r"^✗ not graded: refused$", r"✗ 没有评分：提交的文件有问题，没有使用"),
    (r"^✗ not graded: graded$", r"✗ 没有评分：没有这项检查"),
    (r"^✗ not graded: infrastructure$", r"✗ 没有评分：评分系统的故障，不是你的错"),
    (r"^([✓✗]) (\S+): right$", r"\1 \2：对"),
    (r"^([✓✗]) (\S+): spared$", r"\1 \2：不在这里扣分"),
    (r"^([✓✗]) (\S+): partly$", r"\1 \2：部分对"),
    (r"^([✓✗]) (\S+): wrong$", r"\1 \2：不对"),
    (r"^([✓✗]) (\S+): not written$", r"\1 \2：还没有写"),
    (r"^([✓✗]) (\S+): error$", r"\1 \2：出错了"),
    (r"^([✓✗]) (\S+): out of time$", r"\1 \2：超时"),
    (r"^([✓✗]) (\S+): out of memory$", r"\1 \2：内存超限"),
    (r"^([✓✗]) (\S+): infrastructure$", r"\1 \2：评分系统的故障，不是你的错"),
    (r"^0 of (\S+) points$", r"\1 分里得 0 分"),
    (r"^! none: graded without a sandbox$", r"! 评分时没有用沙箱"),
    (r"^It passes on public inputs, and fails on hidden ones\.$", r"公开的输入都对，隐藏的不对。"),
)

# What was missing, changed or restored of a submission.
NOTES = (
    (r"(\S+) is missing: graded as it was released", r"没有交 \1：按发布时的样子评分"),
    (r"(\S+) is missing: (.+) was taken for it", r"没有交 \1：用 \2 代替"),
    (r"(\S+) is missing; there is (.+): name it (\S+)", r"没有交 \1；有 \2：请改名为 \3"),
    (r"(\S+) stands there (\d+) times: (.+) was taken", r"\1 有 \2 份，用的是 \3"),
    (
        r"(\S+) is saved as (\S+): read as that; save it as UTF-8",
        r"\1 是 \2 编码，已按此读取；请存为 `UTF-8`",
    ),
    (r"(\S+) cannot be looked into: hand in a folder or a \.zip", r"打不开 \1：请交文件夹或 .zip"),
    (
        r"(\S+) is no \.zip: unpack it, and hand in the folder as a \.zip",
        r"\1 不是 .zip：请解压后把文件夹打成 .zip 再交",
    ),
    (r"(\S+) was changed: graded as it was released", r"\1 被改动过：按发布时的样子评分"),
    (r"(\S+\.ipynb) is missing$", r"没有交 \1"),
    (
        r"(\S+) has (\S+) bytes, at most (\S+) are taken: left aside",
        r"\1 有 \2 字节，最多收 \3 字节：没有使用",
    ),
    (r"(\S+) has (\S+) bytes: left aside", r"\1 有 \2 字节，太大：没有使用"),
    (r"(\S+) cannot be read by Python: (\w+) in line (\d+)", r"Python 读不懂 \1：第 \3 行有 \2"),
    (r"(\S+) cannot be read by Python: ", r"Python 读不懂 \1："),
    (
        r"([^!]+?) is left aside: more of (.+) has been run",
        r"没有使用 \1：\2 里运行过的单元格更多",
    ),
    (
        r"(\S+) cannot be read as a notebook: its cells are the released ones",
        r"\1 打不开：用发布时的单元格代替",
    ),
    (r"\bthe cell (\S+) had lost its name", r"单元格 \1 丢了名字，已按内容认出"),
    (r"\bthe cell (\S+) stood there twice: once is enough", r"单元格 \1 出现了两次，只用一次"),
    (r"\bthe cell (\S+) was missing", r"少了单元格 \1，已补上"),
    (r"\bthe cell (\S+) had been changed", r"单元格 \1 被改动过，已还原"),
    (r"\bgraded cells were in another order", r"评分单元格的次序变了，已还原"),
    (r"the notebook was not run: ", r"notebook 没有运行："),
    (r"running the notebook (.+): no outputs kept", r"运行 notebook 时\1，没有保留输出"),
    (r"时took more than (\d+) s", r"超过了 \1 秒"),
    (r"时took too much memory", r"时内存超限"),
    (r"时has outputs of more than (\S+) bytes", r"时输出超过了 \1 字节"),
    (r"时(?:ended without its notebook|gave no notebook)", r"时中断了"),
    (r"the zip holds more than (\S+) files", r"zip 里有超过 \1 个文件"),
    (r"the zip holds more than (\S+) bytes unpacked", r"zip 解压后超过 \1 字节"),
    (r"more than (\S+) files", r"超过 \1 个文件"),
    (r"(\S+) is larger than the zip says", r"\1 比 zip 里写的大"),
    (r"(\S+) is no zip that can be read: ", r"\1 不是能打开的 zip："),
    (r"with its inner zips it holds more than (\S+) bytes", r"连同里面的 zip，解压后超过 \1 字节"),
    (
        r"(\S+) in the zip is encrypted: make the zip without a password",
        r"zip 里的 \1 有密码：请不设密码重新打包",
    ),
    (r"(\S+) in the zip has (\S+) bytes", r"zip 里的 \1 有 \2 字节，太大"),
    (r"(\S+) in the zip leads out of it", r"zip 里的 \1 指向 zip 之外"),
    (r"(\S+) in the zip is a link, expected a file", r"zip 里的 \1 是链接，应为文件"),
    (r"(\S+) is a link, expected a file", r"\1 是链接，应为文件"),
    (r"(\S+) in the zip cannot be read: ", r"zip 里的 \1 读不出来："),
)

# No answer at all, or an error.
ENDS = (
    (
        r"the given layers work without your files, and do not with them",
        r"给定的层单独用是对的，和你的文件一起用就不对",
    ),
    (r"all checks together took over (\d+) s", r"所有检查一共超过了 \1 秒"),
    (r"^too much memory was used", r"内存超限"),
    (r"^no answer in time", r"没有及时回答"),
    (r"^no answer: ", r"没有回答："),
    (r"^no answer$", r"没有回答"),
    (r"importing (\S+) took more than (\d+) s", r"导入 \1 超过了 \2 秒"),
    (r"importing (\S+) took too much memory", r"导入 \1 时内存超限"),
    (r"importing (\S+) ended the process: ", r"导入 \1 时进程结束了："),
    (r"its process was ended by signal (\S+)", r"进程被信号 \1 终止"),
    (r"its process exited with status (\S+)", r"进程退出，状态 \1"),
    (r"its answer cannot be read: .*", r"回答读不懂"),
    (r"it answered another question than the one asked|a malformed answer", r"答非所问"),
    (r"importing (\S+) raised", r"导入 \1 时抛出了"),
    (r"step (\d+) of training raised", r"训练的第 \1 步抛出了"),
    (r"your code raised", r"你的代码抛出了"),
    (r"(\S+) raised\b", r"\1 抛出了"),
    (
        r"fails only because of (.+): the points are lost in its own check, not here",
        r"只因为 \1 才失败：分扣在它自己的检查里，不在这里",
    ),
    (r"^fails because of (.+)$", r"因为 \1 而失败"),
    (r"` and `", r"` 和 `"),
    (r"(\S+) is not right on hidden inputs", r"\1 在隐藏的输入上不对"),
    (
        r"(\S+) was imported from (.+), expected it in (.+); is the file missing there\?",
        r"\1 来自 \2，应来自 \3；那里缺这个文件吗？",
    ),
)

# What a result is called where it is no plain name; before the sentences that it stands in.
RESULTS = (
    (
        r"\bthe gradient of (\S+) is not 0, as far as rounding allows",
        r"\1 的梯度不是 0（已容许舍入误差）",
    ),
    (r"\b(?:the )?gradient of ([Wb]\d+|gamma\d+|beta\d+)", r"\1 的梯度"),
    (r"\bwhat reg adds to the loss", r"reg 给损失加上的部分"),
    (r"\bmean of each (feature|channel|group|sample) of out", r"out 里 each \1 的均值"),
    (r"\bstd of each (feature|channel|group|sample) of out", r"out 里 each \1 的标准差"),
    (r"\beach feature\b", r"每个特征"),
    (r"\beach channel\b", r"每个通道"),
    (r"\beach group\b", r"每组"),
    (r"\beach sample\b", r"每个样本"),
    (r"\bout, the second time,", r"第二次的 out"),
    (r"\bout, where it is not 0,", r"out 不为 0 处的值"),
    (r"\bwhat is kept of out", r"out 里留下的数"),
    (r"\bdx where x is 0", r"x 为 0 处的 dx"),
    (r"(\S+), which does not change at test time,", r"测试时不该变的 \1"),
    (r"\bout of dropout_forward", r"dropout_forward 的 out"),
    (r"\bout\.sum over images and pixels", r"out 对所有图和像素的和"),
    (r"\bthe forward pass\b", r"前向"),
)

WRONG = (
    (r"^(.*?: )?(.+) is wrong$", r"\1\2 不对"),
    (r"(\S+) is not written yet: open (.+), line (\d+)", r"\1 还没有写：打开 \2，第 \3 行"),
    (r"(\S+) is not written yet", r"\1 还没有写"),
    (r"^(.*?: )?(.+) is None \(is there a return value\?\)", r"\1\2 是 None（有没有 return？）"),
    (r"None \(is there a return value\?\)", r"None（有没有 return？）"),
    (
        r"(\S+) returned an? (tuple|list) of (\d+), expected (\d+) results",
        r"\1 返回了 \3 个结果，应返回 \4 个",
    ),
    (r"an array of numbers of shape", r"数组，形状"),
    (r"an object that is no array of numbers", r"非数组的对象"),
    (
        r"(\S+) returned (.+), expected an array of shape (.+)",
        r"\1 返回了 \2，应返回形状为 \3 的数组",
    ),
    (r"(\S+) returned no array of shape (.+) as next_w", r"\1 返回的 next_w 不是形状为 \2 的数组"),
    (r"an array of (\w+)", r"\1 的数组"),
    (r"(\S+) is an? (\w+), expected 数组", r"\1 是 \2，应为数组"),
    (r"(\S+) is (.+), expected 数组", r"\1 是 \2，应为数组"),
    (r", expected 数组", r"，应为数组"),
    (r"scores have shape (.+), expected (.+)$", r"得分的形状是 \1，应为 \2"),
    (r"(\S.*?) has shapes? (.+), expected (.+)$", r"\1 的形状是 \2，应为 \3"),
    (r"(\S+) returned an? (\w+), expected (\d+) results", r"\1 返回了 \2，应返回 \3 个结果"),
    (r"(\S+) returned (.+), expected (\d+) results", r"\1 返回了 \2，应返回 \3 个结果"),
    (
        r"(\S+) changed its argument (\d+) in place; work on a copy \(x = x\.copy\(\)\) or on new "
        r"arrays",
        r"\1 改动了它的第 \2 个参数；先复制（x = x.copy()），或者写进新的数组",
    ),
    (
        r"(\S+) changed an input of its forward pass in place, by way of the cache; work on a copy "
        r"or on new arrays",
        r"\1 通过 cache 改动了前向的输入；先复制，或者写进新的数组",
    ),
    (r"(\S+)\(\.\.\.\) made no object", r"\1(...) 没有建成模型"),
    (r"(\S+) is no array of numbers of shape (.+)", r"\1 不是形状为 \2 的数组"),
    (r"(\S+) is no array of the shape of x", r"\1 不是和 x 形状相同的数组"),
    (r"params is no dict of arrays", r"params 不是装数组的字典"),
    (r"(\S+) returned no dict as config", r"\1 返回的 config 不是字典"),
    (r"loss returned no dict of gradients", r"loss 没有返回装梯度的字典"),
    (r"best_model returned no model", r"best_model 没有返回模型"),
    (
        r"loss\(X\) of the returned model gives no scores of shape (.+)",
        r"返回的模型的 loss(X) 没有给出形状为 \1 的得分",
    ),
    (r"grads lacks (.+), expected one for each of (.+)", r"grads 缺少 \1，应有 \2 的每一个"),
    (r"(\S+) is (\w+), expected float32, the dtype", r"\1 是 \2，应为 float32（dtype）"),
    (r"(\S+) is (\w+), expected float32", r"\1 是 \2，应为 float32"),
    (r"(\S+) does not start at (\d)", r"\1 的初值不是 \2"),
    (r"expected 0 and (\S+), the weight_scale", r"expected 0 和 \1（weight_scale）"),
    (r"expected (\S+), the weight_scale", r"expected \1（weight_scale）"),
    (
        r"(\S+) has mean (\S+) and standard deviation (\S+), expected (.+)",
        r"\1 的均值是 \2、标准差是 \3，应为 \4",
    ),
    (r"(\S+) has standard deviation (\S+), expected (.+)", r"\1 的标准差是 \2，应为 \3"),
    (r"(\S+) has mean (\S+), expected about 0", r"\1 的均值是 \2，应接近 0"),
    (r"(\S+) of the entries are not 0, expected about (\S+)", r"\1 的数不是 0，应约为 \2"),
    (r"(\S+) of the entries are kept", r"留下了 \1 的数"),
    (
        r"dropout_forward keeps (\d+) of (\d+) entries in training, expected only some of them",
        r"训练时 dropout_forward 从 \2 个数里留下了 \1 个，应只留下一部分",
    ),
    (
        r"along axis (\d), entries are kept or dropped together; each is decided by itself",
        r"沿第 \1 轴，一些数总是同留同丢；每个数应各自决定",
    ),
    (
        r"entries are kept or dropped together, along axis (\d)",
        r"沿第 \1 轴，一些数总是同留同丢；每个数应各自决定",
    ),
    (r"another seed (?:drops the same|gives the same mask)", r"换了 seed，mask 却没有变"),
    (
        r"the loss is the same with five seeds, expected others: is anything dropped\?",
        r"五个 seed 的损失都相同，应各不相同：真的丢掉了什么吗？",
    ),
)

TRAINING = (
    (
        r"the first loss is (\S+), expected about (.+?): random weights tell nothing about 10 "
        r"classes",
        r"最初的损失是 \1，应接近 \2：随机的权重对 10 个类别一无所知",
    ),
    (
        r"the first loss is not the one that our parameters have; see the check of the network's "
        r"loss first",
        r"最初的损失和这些参数应有的不同；先看网络损失的检查",
    ),
    (r"the loss is (\S+) at step (\d+), expected a number", r"第 \2 步的损失是 \1，应为有限的数"),
    (
        r"the loss after (\d+) steps is (\S+), expected below (\S+)",
        r"\1 步之后损失是 \2，应低于 \3",
    ),
    (
        r"after training, (\S+) is no array of finite numbers of shape (.+)",
        r"训练之后，\1 不是形状为 \2、数都有限的数组",
    ),
    (r"adam does not move w as its formula says", r"adam 没有按它的公式移动 w"),
    (r"validation accuracy is (\S+), expected above (\S+)", r"验证准确率 \1，应高于 \2"),
    (r"validation accuracy (\S+), above (\S+)", r"验证准确率 \1，高于 \2"),
    (r"training accuracy (\S+), above (\S+)", r"训练准确率 \1，高于 \2"),
    (
        r"training accuracy after one epoch is (\S+), expected above (\S+)",
        r"一轮之后训练准确率 \1，应高于 \2",
    ),
    (
        r"accuracy after one epoch is (\S+) on training images, expected above (\S+)",
        r"一轮之后训练准确率 \1，应高于 \2",
    ),
    (
        r"accuracy after one epoch is (\S+) on images that it has not seen, expected above (\S+)",
        r"一轮之后在没见过的图上准确率 \1，应高于 \2",
    ),
    (
        r"accuracy on images that it has not seen is (\S+), expected above (\S+)",
        r"在没见过的图上准确率 \1，应高于 \2",
    ),
    (
        r"accuracy after (\d+) steps is (\S+), expected at least (\S+)",
        r"\1 步之后准确率 \2，应至少 \3",
    ),
    (
        r"after (\d+) epochs over the same (\d+) images training accuracy is (\S+), expected at "
        r"least (\S+);",
        r"同样的 \2 张图训练 \1 轮之后，训练准确率 \3，应至少 \4；",
    ),
    (
        r"after (\d+) epochs over the same (\d+) images accuracy is (\S+), expected at least "
        r"(\S+);",
        r"同样的 \2 张图训练 \1 轮之后，准确率 \3，应至少 \4；",
    ),
    (
        r"with (\d) layers, training accuracy on the same (\d+) images is (\S+) after (\d+) "
        r"epochs, expected 100%;",
        r"\1 层的网络把同样的 \2 张图训练 \4 轮之后，训练准确率 \3，应为 100%；",
    ),
    (
        r"(\d) layers: training accuracy 100% on (\d+) images within (\d+) epochs",
        r"\1 层：\2 张图，\3 轮之内训练准确率达到 100%",
    ),
    (
        r"training accuracy (\S+) on (\d+) images after (\d+) epochs",
        r"\2 张图训练 \3 轮之后，训练准确率 \1",
    ),
    (r" ?\(profile (\w+)\)", r"（\1 规模）"),
    (r"see (\w+) and (\w+) first, then (\S+)", r"先看 \1 和 \2，再看 \3"),
    (r"see (\w+) first, then learning rate, epochs and reg", r"先看 \1，再看学习率、轮数和 reg"),
    (r"see (\w+) first, then the update rule \((\S+)\)", r"先看 \1，再看更新规则（\2）"),
    (r"see (\w+) first", r"先看 \1"),
    (
        r"try another depth, width, reg, update rule or learning rate",
        r"换一换层数、宽度、reg、更新规则或学习率",
    ),
    (
        r"no (?:training run|network) to look at; use (check\(.+\))( after training)?",
        r"没有可看的训练结果；训练之后用 \1",
    ),
    (
        r"the run has (\d+) epochs, expected 1; make the model and the solver anew",
        r"这次训练了 \1 轮，应为 1 轮；重新建模型和 solver",
    ),
)

WHERE = (
    (r"all (\d+) entries", r"全部 \1 个数"),
    (r"(\d+) of (\d+) entries", r"\2 个数里有 \1 个"),
    (r": the border, and nothing inside it", r"：只有边上一圈，里面都对"),
    (r": everything but the border", r"：除了边上一圈全都不对"),
    (r", all on the border", r"，都在边上一圈"),
    (r": everything but ", r"：除了"),
    (r", all at ", r"，都在"),
    (
        r"; this entry differs most \(relative error (\S+), allowed (\S+)\)",
        r"；这个数差得最多（相对误差 \1，允许 \2）",
    ),
    (r"(?<![a-z])(image|filter|channel|row|column) (\d+(?:, \d+)*(?:, \.\.\.)?)", "AXIS"),
    (r"index (\d+(?:, \d+)*(?:, \.\.\.)?) of axis (\d)", r"第 \2 轴的 \1"),
    (r"(\S+\.py), line (\d+)", r"\1，第 \2 行"),
    (r"NaN in (\d+) places?", r"有 \1 个是 NaN"),
    (r"^0 in all these places$", r"这些地方都是 0"),
    (r"each of them has the wrong sign", r"每一个的正负号都反了"),
    (r"each of them is (\S+) times the expected", r"每一个都是应有的 \1 倍"),
    (r"each of them is (\S+) too large", r"每一个都大了 \1"),
    (r"each of them is (\S+) too small", r"每一个都小了 \1"),
)

ASKED = (
    (r": known values$", r"：已知的结果"),
    (r": known steps$", r"：已知的几步"),
    (r": known loss$", r"：已知的损失"),
    (r": known scores$", r"：已知的得分"),
    (r": running averages", r"：滑动平均"),
    (r": scores$", r"：得分"),
    (r": loss$", r"：损失"),
    (r"^(forward): ", r"前向："),
    (r"^(backward): ", r"反向："),
    (r"^gradients: ", r"梯度："),
    (r"known parameters", r"参数已知"),
    (r"parameters of our choice", r"参数由我们选定"),
    (
        r"^params: gamma of 1 and beta of 0 for each hidden layer",
        r"params：每个隐藏层的 gamma 为 1、beta 为 0",
    ),
    (
        r"^params: names, shapes, weight_scale, biases of 0",
        r"params：名字、形状、weight_scale、偏置为 0",
    ),
    (r"^params: names, shapes, dtype, scale", r"params：名字、形状、dtype、大小"),
    (r"w the identity", r"w 是单位矩阵"),
    (r": the numbers of 每个样本, in their order", r"：每个样本的数，次序不变"),
    (r"default eps and momentum", r"eps 和 momentum 取默认值"),
    (r"default (eps|momentum)", r"\1 取默认值"),
    (r", nothing to start from", r"，没有初值"),
    (r", and once more with its first two rows", r"，再用它的前两行做一次"),
    (r", after two training steps", r"，训练两步之后"),
    (r"mode test after two training steps", r"训练两步之后，mode test"),
    (r"training step (\d)", r"训练第 \1 步"),
    (r"^without y: scores", r"不给 y：得分"),
    (r", without y\b", r"，不给 y"),
    (r": it does not change", r"：它不变"),
    (r", gamma and beta for 每个特征", r"，每个特征一个 gamma 和 beta"),
    (r"gamma and beta per channel", r"每个通道一个 gamma 和 beta"),
    (r"\bgamma and beta (?=\()", r"gamma 和 beta "),
    (r": mean beta and std (\S+)", r"：均值是 beta，标准差是 \1"),
    (r": mean 0 and std 1 in 每组", r"：每组均值 0、标准差 1"),
    (r": mean 0 and std 1", r"：均值 0、标准差 1"),
    (r"^one sample alone: as among the others", r"单独一个样本：和在别的样本中间时一样"),
    (r"(?:(\d+) hidden|hidden (\d+))(?= |,|$)", r"隐藏层宽 \1\2"),
    (r"(\d+) classes", r"\1 类"),
    (r"(\d+) filters (\d+x\d+)", r"\1 个 \2 卷积核"),
    (
        r"a picture (\(.*?\)), a grey filter and an edge filter",
        r"一张图 \1，一个灰度滤波器，一个边缘滤波器",
    ),
    (r"; the grey picture$", r"；灰度图"),
    (r"; the edges$", r"；边缘"),
    (r"; a horizontal edge$", r"；一条水平的边缘"),
    (r"^grey: 0\.3 red \+ 0\.6 green \+ 0\.1 blue", r"灰度：0.3 红 + 0.6 绿 + 0.1 蓝"),
    (
        r"^horizontal edges: none inside a picture with a vertical one",
        r"水平的边缘：只有竖直边缘的图里一条也没有",
    ),
    (r"^horizontal edges: one, dark above bright", r"水平的边缘：一条，上暗下亮"),
    (r"\bwindows (\d+x\d+)", r"窗口 \1"),
    (r"; backend compiled$", r"；后端：编译好的内核"),
    (r"; backend numpy$", r"；后端：NumPy"),
    (
        r"^note: (\S+) gives other values than the fast layer; see its own check",
        r"注意：\1 和快速层的结果不同；看它自己的检查",
    ),
    (r"^(\S+) agrees with the fast layer", r"\1 和快速层一致"),
    (
        r", several entries share a maximum: its first in row-major order takes all",
        r"，几个数并列最大：按行优先的第一个拿走全部",
    ),
    (r": (\S+) kept$", r"：留下 \1"),
    (r", a seed\b", r"，给定 seed"),
    (r", twice with the same seed", r"，同一个 seed 用两次"),
    (r": the same mask again", r"：mask 和上次一样"),
    (r": the masks of its layers", r"：各层的 mask"),
    (r": as without", r"：和没有 dropout 时一样"),
    (r": the scores of a network without dropout", r"：得分和没有 dropout 的网络一样"),
    (r": other seeds, other losses", r"：seed 不同，损失也不同"),
    (r": nothing is dropped after W3", r"：W3 之后什么也不丢"),
    (
        r"(0\.5 \* reg \* sum\(W \*\* 2\)) for each W, nothing for the other parameters",
        r"每个 W 加上 \1，别的参数什么也不加",
    ),
    (
        r", large (W\d), biases not 0: (0\.5 \* reg \* sum\(W \*\* 2\)) over W1, W2, W3",
        r"，\1 很大，偏置不为 0：对 W1、W2、W3 加上 \2",
    ),
    (
        r"^reg adds (0\.5 \* reg \* sum\(W \*\* 2\)) over the weights, not the biases",
        r"reg 对每个权重加上 \1，偏置不加",
    ),
    (r"^first loss near log 10", r"最初的损失接近 log 10"),
    (
        r"^weight_scale is the standard deviation of the weights",
        r"weight_scale 是权重的标准差",
    ),
    (r"^six parameters, ", r"六个参数，"),
    (
        r"^scores around 0, around -2000 and from -10000 to 10000",
        r"得分在 0 附近、在 -2000 附近、从 -10000 到 10000",
    ),
    (r"\bscores (\[.+\]), right classes (\[.+\])", r"得分 \1，正确的类别 \2"),
    (r"\bscores (?=\()", r"得分 "),
    (r", all of them (\S+) more", r"，每个都加 \1"),
    (r"scores of size (\S+?)(?=;|$)", r"得分的大小约为 \1"),
    (
        r"scores of very different size, the right class the likeliest",
        r"得分大小悬殊，正确的类别最有可能",
    ),
    (
        r"scores of very different size, the right class the least likely",
        r"得分大小悬殊，正确的类别最不可能",
    ),
    (r"^config empty", r"config 为空"),
    (r", no config", r"，不给 config"),
    (r", config with no entries", r"，config 为空"),
    (r", config with (\[.+\])", r"，config 里有 \1"),
    (r", step (\d+)$", r"，第 \1 步"),
    (r", after (\d+) steps$", r"，\1 步之后"),
    (r", (\d+) steps, ", r"，\1 步，"),
    (r", three steps, ", r"，三步，"),
    (r"; Fortran order", r"；Fortran 次序"),
    (r"; not contiguous", r"；内存不连续"),
    (r"; a second time with the same cache", r"；同一个 cache 再用一次"),
    (r", some entries 0", r"，有些数是 0"),
    (r", the first filter all zeros", r"，第一个卷积核全是 0"),
    (r" of whole numbers with many ties", r"，全是整数，有许多并列"),
    (r", three images with large scores", r"，三张图的得分很大"),
    (r"two epochs over (\S+) images", r"\1 张图训练两轮"),
    (r"one epoch over (\S+) images", r"\1 张图训练一轮"),
    (r"(\d+) epochs over the same (\d+) images", r"同样的 \2 张图训练 \1 轮"),
    (r"\bbatch (\d+)", r"批大小 \1"),
    (r"\blearning rate (\S+)", r"学习率 \1"),
    (
        r"best_model\(data\) with (\S+) images for training, (\S+) for validation",
        r"best_model(data)：训练图 \1 张，验证图 \2 张",
    ),
)

# Tried on each line in this order, and every one that fits is applied.
SENTENCES: tuple[tuple[str, str], ...] = (
    *(*VERDICTS, *NOTES, *ENDS, *RESULTS),
    *(*WRONG, *TRAINING, *WHERE, *ASKED),
)
